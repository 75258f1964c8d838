//! A push service on loopback: takes requests, answers as it is told, and says what it heard.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Longer than anything here takes, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(25);

pub(crate) struct PushService {
    address: SocketAddr,
    heard: Receiver<String>,
}

impl PushService {
    /// Answers with these status lines and headers, one after the other, and from then on with the last.
    pub(crate) fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut answers: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let (says, heard) = channel();
        // Ends with the process: nobody connects when a test is over.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = request(&mut stream);
                let answer = answers.front().unwrap();
                stream
                    .write_all(
                        format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes(),
                    )
                    .unwrap();
                if answers.len() > 1 {
                    answers.pop_front();
                }
                if says.send(request).is_err() {
                    return;
                }
            }
        });
        Self { address, heard }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request, in small letters but for what is in it.
    pub(crate) fn heard(&self) -> String {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }

    /// Whether there was no other until now.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.heard.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout))
    }
}

/// Reads a request and everything behind it that it says there is.
fn request(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "closed within a request");
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}
