//! Clients that hold on to a connection: each is cut, what it held is free again, and who is honest is served.

use super::*;

/// Sends a byte, looks whether anything came back, and so on; what came, once the connection is over.
fn drip(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    let mut came = Vec::new();
    let mut chunk = [0; 4_096];
    let began = Instant::now();
    for byte in bytes {
        assert!(began.elapsed() < PATIENCE, "the connection was kept");
        let sent = stream.write_all(&[byte]);
        match stream.read(&mut chunk) {
            Ok(0) => return came,
            Ok(read) => came.extend_from_slice(&chunk[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return came,
        }
        if sent.is_err() {
            return came;
        }
    }
    panic!("everything was taken");
}

#[test]
fn an_idle_connection_is_cut_before_and_after_a_request() {
    let running = Running::new(short());
    let mut never = running.connect();
    let mut once = running.connect();
    assert_eq!(post(&mut once, "/v1/unknown", &[]).0, 400);
    let mut rest = Vec::new();
    never.read_to_end(&mut rest).unwrap();
    once.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    until_counted(&running, "cairn_relay_connections 0");
}

#[test]
fn a_head_that_drips_is_cut() {
    let running = Running::new(short());
    let mut stream = running.connect();
    stream.write_all(b"POST /v1/read HTTP/1.1\r\nx: ").unwrap();
    let came = drip(&mut stream, std::iter::repeat_n(b'y', 50_000));
    assert!(!came.starts_with(b"HTTP/1.1 2"));
    until_counted(&running, "cairn_relay_connections 0");
}

#[test]
fn a_body_that_drips_is_refused_and_frees_what_it_held() {
    let limits = Limits {
        in_flight_kib_max: 64,
        ..short()
    };
    let running = Running::new(limits);
    let mut stream = running.connect();
    let request = request_bytes("/v1/read", &[0; 60_000]);
    let head = request.len() - 60_000;
    stream.write_all(&request[..head]).unwrap();
    let came = drip(&mut stream, std::iter::repeat_n(0, 60_000));
    assert!(
        came.starts_with(b"HTTP/1.1 400"),
        "{:?}",
        String::from_utf8_lossy(&came)
    );
    until_counted(&running, "cairn_relay_connections 0");
    // Its 60 KiB of 64 are there for the next one.
    assert_eq!(post(&mut running.connect(), "/v1/unknown", &[0; 60_000]).0, 400);
    let text = running.relay.metrics().text();
    assert!(!text.contains("limit=\"in_flight\""), "{text}");
}

#[test]
fn a_client_that_shuts_its_side_is_let_go() {
    let running = Running::new(Limits {
        header_timeout: PATIENCE,
        ..Limits::default()
    });
    for beginning in ["", "POST /v1/read HT", "POST /v1/read HTTP/1.1\r\nhost: relay\r\n"] {
        let mut stream = running.connect();
        stream.write_all(beginning.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 2"));
    }
    until_counted(&running, "cairn_relay_connections 0");
}

#[test]
fn connections_beyond_the_limit_wait_and_are_served() {
    let running = Running::new(Limits {
        connections_max: 2,
        ..short()
    });
    // Two are taken, and three more wait behind them; each gives way when its time is over.
    let idle: Vec<_> = (0..5).map(|_| running.connect()).collect();
    let mut honest = running.connect();
    assert_eq!(post(&mut honest, "/v1/unknown", &[]).0, 400);
    drop((idle, honest));
    until_counted(&running, "cairn_relay_connections 0");
}
