//! By whom a push service is asked (RFC 8292): many let nobody else in. A token for each service, signed by a key of the relay's own.
//!
//! The key follows from the seed of the relay's own and is kept nowhere; signing takes no randomness (RFC 6979). So nodes over one database have the same.

use cairn_wire::PushKey;
use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

use super::Origin;

/// How long a token may be used, in seconds; a push service takes none of more than a day.
const TOKEN_S: u64 = 12 * 60 * 60;

/// How the relay shows who it is.
pub(crate) struct Vapid {
    key: SigningKey,
    public: PushKey,
    /// Whom the operator of a push service can write to: `mailto:…` or `https://…`.
    contact: Option<String>,
}

impl Vapid {
    pub(crate) fn new(seed: &[u8; 32], contact: Option<String>) -> Self {
        let key = key_of(seed);
        let mut public = [0; PushKey::LEN];
        public.copy_from_slice(key.verifying_key().to_sec1_point(false).as_bytes());
        Self {
            key,
            public: PushKey::from_bytes(public),
            contact,
        }
    }

    /// The key that push services know it by.
    pub(crate) const fn public(&self) -> PushKey {
        self.public
    }

    /// The header `Authorization` for a push service.
    pub(crate) fn authorization(&self, service: &Origin, now_ms: u64) -> String {
        let expires = now_ms / 1000 + TOKEN_S;
        // Neither an origin that was parsed nor a contact that was checked has anything in it that JSON would write otherwise.
        let contact = self.contact.as_ref();
        let contact = contact.map_or_else(String::new, |contact| format!(",\"sub\":\"{contact}\""));
        let said = format!("{{\"aud\":\"{service}\",\"exp\":{expires}{contact}}}");
        let said =
            [&b"{\"typ\":\"JWT\",\"alg\":\"ES256\"}"[..], said.as_bytes()].map(|part| BASE64URL_NOPAD.encode(part));
        let said = said.join(".");
        let signature: Signature = self.key.sign(said.as_bytes());
        let signature = BASE64URL_NOPAD.encode(&signature.to_bytes());
        let public = BASE64URL_NOPAD.encode(self.public.as_bytes());
        format!("vapid t={said}.{signature}, k={public}")
    }
}

/// Whether a contact can stand in a token.
pub(crate) fn is_contact(contact: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    (contact.starts_with("mailto:") || contact.starts_with("https://")) && contact.bytes().all(is_plain)
}

/// The key that follows from a seed. One number in 2^32 is none.
fn key_of(seed: &[u8; 32]) -> SigningKey {
    let mut bytes = blake3::derive_key("cairn relay push key 1", seed);
    loop {
        match SigningKey::from_slice(&bytes) {
            Ok(key) => return key,
            Err(_) => bytes = blake3::derive_key("cairn relay push key 1", &bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier as _;

    #[test]
    fn a_token_says_for_whom_and_until_when_and_is_signed_by_the_key_that_is_told() {
        let vapid = Vapid::new(&[7; 32], Some("mailto:ops@relay.example".to_owned()));
        let header = vapid.authorization(&"https://push.example".parse().unwrap(), 1_790_000_000_123);
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(
            BASE64URL_NOPAD.decode(key.as_bytes()).unwrap(),
            vapid.public().as_bytes()
        );
        let (said, signature) = token.rsplit_once('.').unwrap();
        let (head, claims) = said.split_once('.').unwrap();
        let text = |part: &str| String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
        assert_eq!(text(head), r#"{"typ":"JWT","alg":"ES256"}"#);
        assert_eq!(
            text(claims),
            r#"{"aud":"https://push.example","exp":1790043200,"sub":"mailto:ops@relay.example"}"#
        );
        let signature = Signature::from_slice(&BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()).unwrap();
        let key = VerifyingKey::from_sec1_bytes(vapid.public().as_bytes()).unwrap();
        key.verify(said.as_bytes(), &signature).unwrap();
        assert!(key.verify(head.as_bytes(), &signature).is_err());
    }

    #[test]
    fn the_key_follows_from_the_seed_and_says_nothing_of_the_relays_own() {
        let key = |seed: u8| Vapid::new(&[seed; 32], None).public();
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        let header = Vapid::new(&[1; 32], None).authorization(&"https://a.example".parse().unwrap(), 0);
        assert!(!header.contains("sub"));
    }

    #[test]
    fn a_contact_is_an_address_and_breaks_out_of_nothing() {
        for (contact, is_good) in [
            ("mailto:a@b.example", true),
            ("https://relay.example/contact", true),
            ("a@b.example", false),
            ("mailto:a\"@b.example", false),
            ("mailto:a\\@b.example", false),
            ("mailto:a b", false),
            ("http://relay.example", false),
        ] {
            assert_eq!(is_contact(contact), is_good, "{contact}");
        }
    }
}
