//! The operator's port.

use super::*;

fn running() -> Running {
    Running::with(|config| config.operations = Some(SocketAddr::from(([127, 0, 0, 1], 0))))
}

fn get(running: &Running, path: &str) -> (u16, String) {
    let address = running.server.as_ref().unwrap().operations().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: relay\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let (status, body) = answer(&mut stream);
    (status, String::from_utf8(body).unwrap())
}

/// The lines of the figures, without their values.
fn series(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

#[test]
fn alive_ready_and_no_longer_ready() {
    let running = running();
    assert_eq!(get(&running, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(&running, "/readyz"), (200, "ok\n".to_owned()));
    assert_eq!(get(&running, "/v1/read").0, 404);
    running.server.as_ref().unwrap().site.begin_to_drain();
    assert_eq!(get(&running, "/readyz"), (503, "stopping\n".to_owned()));
    assert_eq!(get(&running, "/healthz").0, 200);
    // The port for everybody has none of it.
    let mut public = running.connect();
    public
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: relay\r\n\r\n")
        .unwrap();
    assert_eq!(answer(&mut public).0, 404);
}

#[test]
fn what_happens_is_counted_by_kind_and_names_nobody() {
    let running = running();
    let (one, two) = running.space();
    let mut stream = running.connect();
    let waiting = waiting_read(&running, two);
    until_counted(&running, "cairn_relay_waiting 1");
    for _ in 0..2 {
        // The second time it is there already, and answered as the first.
        assert_eq!(post(&mut stream, "/v1/append", &append_bytes(one, 1)).0, 200);
    }
    let length = record(header(1, 1, 1), 100, 1).len();
    let foreign = append_bytes(Token::from_bytes([9; 32]), 2);
    assert_eq!(post(&mut stream, "/v1/append", &foreign).0, 401);
    assert_eq!(post(&mut stream, "/v1/made-up-name", &[]).0, 400);
    drop(waiting);
    for line in [
        "cairn_relay_requests_total{endpoint=\"append\",outcome=\"ok\"} 2".to_owned(),
        "cairn_relay_requests_total{endpoint=\"append\",outcome=\"not_authorised\"} 1".to_owned(),
        "cairn_relay_requests_total{endpoint=\"none\",outcome=\"malformed\"} 1".to_owned(),
        "cairn_relay_request_seconds_count{endpoint=\"append\"} 3".to_owned(),
        "cairn_relay_records_total 2".to_owned(),
        format!("cairn_relay_record_bytes_total {}", 2 * length),
        "cairn_relay_waiting 0".to_owned(),
        "cairn_relay_connections 1".to_owned(),
    ] {
        until_counted(&running, &line);
    }
    let (status, text) = get(&running, "/metrics");
    assert_eq!(status, 200);
    assert!(text.ends_with("# EOF\n"));
    for name in ["127.0.0.1", "made-up", "0101010101", "AQEBAQ"] {
        assert!(!text.contains(name), "{name}: {text}");
    }

    // Who asks, and for what space, makes no series.
    let before = series(&text);
    let mut stream = running.connect();
    for n in 0..40 {
        let token = Token::from_bytes([n; 32]);
        post(&mut stream, "/v1/append", &append_bytes(token, 1));
        post(&mut stream, &format!("/v1/name-{n}"), &[]);
    }
    assert_eq!(series(&get(&running, "/metrics").1), before);
}
