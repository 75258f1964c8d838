import CairnFFI
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Sends requests with `URLSession`, which knows the proxies and the VPN of the device.
///
/// It follows no redirect, keeps no cookie and no cache, and reads no answer larger than an honest one.
public final class HttpTransport: Transport {
    private let session: URLSession
    private let exchanges: Exchanges

    public init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        exchanges = Exchanges()
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    deinit {
        session.invalidateAndCancel()
    }

    public func send(request: TransportRequest) throws -> TransportResponse {
        guard let url = URL(string: request.origin + request.path) else { throw TransportError.offline }
        let patience = Exchange.patience + Double(request.waitMs) / 1000
        var post = URLRequest(url: url, timeoutInterval: patience)
        post.httpMethod = "POST"
        post.httpBody = request.body
        post.setValue("application/cbor", forHTTPHeaderField: "content-type")
        let task = session.dataTask(with: post)
        let exchange = Exchange()
        exchanges[task.taskIdentifier] = exchange
        task.resume()
        // A drip of bytes keeps URLSession waiting for ever; this clock it does not wind up again.
        if exchange.done.wait(timeout: .now() + patience) == .timedOut {
            exchanges[task.taskIdentifier] = nil
            task.cancel()
            throw TransportError.timedOut
        }
        return try exchange.result()
    }
}

/// One request under way. Written to on the session's queue until `done`, read after it.
private final class Exchange: @unchecked Sendable {
    /// How long a request may take beyond the time the relay was asked to wait, in seconds.
    static let patience = 30.0
    /// One page of records and what belongs to it.
    static let answerBytesMax = 8 * 1024 * 1024

    let done = DispatchSemaphore(value: 0)
    var body = Data()
    var status: Int32?
    var error: TransportError?

    func result() throws -> TransportResponse {
        if let error { throw error }
        guard let status else { throw TransportError.offline }
        return TransportResponse(status: status, body: body)
    }
}

/// The requests under way, by their task.
private final class Exchanges: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let lock = NSLock()
    private var all: [Int: Exchange] = [:]

    subscript(task: Int) -> Exchange? {
        get { lock.withLock { all[task] } }
        set { lock.withLock { all[task] = newValue } }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard let exchange = self[dataTask.taskIdentifier] else { return }
        exchange.body.append(data)
        if exchange.body.count > Exchange.answerBytesMax {
            exchange.error = .tooLarge
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = self[task.taskIdentifier] else { return }
        self[task.taskIdentifier] = nil
        exchange.status = (task.response as? HTTPURLResponse).map { Int32(clamping: $0.statusCode) }
        if let error, exchange.error == nil {
            exchange.error = (error as? URLError)?.code == .timedOut ? .timedOut : .offline
        }
        exchange.done.signal()
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}

extension Vault {
    /// Rust's own transport, which needs no platform: for servers and for tests.
    public static func rustTransport() throws -> any Transport {
        try callNow { try httpTransport() }
    }
}
