//! Whom may be posted to: an address as text, and where its name leads.
//!
//! A participant names the address, so it may be anything: the metadata of a cloud, a printer, the operator's own database. What is not named by the operator has to be
//! HTTPS on port 443, and the numeric address that is *connected to* has to be one of the public internet. It is judged within the look-up whose answer the connection is
//! made with; nothing is looked up twice.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// A push service: `https://host`, or `http://host:port` where the operator says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

/// What was said is no push service. The operator's to say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a push service is said as https://HOST, with nothing behind it")]
pub struct OriginError;

impl Origin {
    /// Of an absolute address of HTTP without a name or password in it.
    fn of(uri: &Uri) -> Option<Self> {
        let is_https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        let has_port = authority
            .as_str()
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        let port = match authority.port_u16() {
            Some(port) => port,
            None if has_port => return None,
            None if is_https => 443,
            None => 80,
        };
        Some(Self {
            is_https,
            host: authority.host().to_ascii_lowercase(),
            port,
        })
    }

    /// Whether it is HTTPS on its own port.
    pub(crate) const fn is_ordinary(&self) -> bool {
        self.is_https && self.port == 443
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.parse().map_err(|_| OriginError)?;
        let is_bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/") && !text.ends_with('/');
        Self::of(&uri).filter(|_| is_bare).ok_or(OriginError)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, own) = if self.is_https { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == own {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

/// Where one device is posted to. Nothing shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: String,
    origin: Origin,
}

impl Endpoint {
    /// Reads an address; `None` where it is none of HTTP.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        let uri: Uri = url.parse().ok().filter(|_| is_plain)?;
        Some(Self {
            url: url.to_owned(),
            origin: Origin::of(&uri)?,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint(…)")
    }
}

/// Looks names up, and lets nothing through that is no address of the public internet, but for push services that are named.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) named: Vec<Origin>,
    pub(super) names: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        if Origin::of(uri).is_some_and(|origin| self.named.contains(&origin)) {
            return Ok(found);
        }
        let mut public = self.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(public)
    }
}

/// Networks of IPv4 that are not the public internet: first address and bits (IANA's registry of special purposes, and multicast).
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What of 2000::/3 is not the public internet, or leads to addresses of IPv4. Everything outside of 2000::/3 is not: IPv4 in another coat, this machine,
/// links, networks of one's own.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_in = |(first, bits): (Ipv4Addr, u32)| (address.to_bits() ^ first.to_bits()) >> (32 - bits) == 0;
            !SPECIAL_V4.into_iter().any(is_in)
        }
        IpAddr::V6(address) => {
            let is_in = |(first, bits): (Ipv6Addr, u32)| (address.to_bits() ^ first.to_bits()) >> (128 - bits) == 0;
            is_in((Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)) && !SPECIAL_V6.into_iter().any(is_in)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::push::Push;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for address in [
            "1.1.1.1",
            "9.9.9.9",
            "100.63.255.255",
            "172.32.0.1",
            "2606:4700:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for (said, shown) in [
            ("https://push.example", "https://push.example"),
            ("HTTPS://Push.Example:443", "https://push.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(said.parse::<Origin>().unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            "push.example",
            "https://",
            "ftp://push.example",
            "https://push.example/",
            "https://push.example/x",
            "https://a@push.example",
            "https://push.example?x",
            "https://push.example:",
            "https://push.example:99999",
            "/x",
        ] {
            assert_eq!(wrong.parse::<Origin>(), Err(OriginError), "{wrong:?}");
        }
    }

    #[test]
    fn what_the_operator_did_not_allow_is_not_posted_to() {
        let named = vec![
            "http://127.0.0.1:8080".parse().unwrap(),
            "https://ntfy.home:8443".parse().unwrap(),
        ];
        let allows = |push: &Push, url: &str| Endpoint::parse(url).is_some_and(|endpoint| push.allows(&endpoint));
        let (listed, public) = (Push::Named(named.clone()), Push::Public(named));
        for (url, by_name, in_public) in [
            ("http://127.0.0.1:8080/up?token=1", true, true),
            ("https://ntfy.home:8443/x", true, true),
            ("https://push.example/x", false, true),
            ("https://push.example:443/x", false, true),
            ("https://push.example:8443/x", false, false),
            ("http://push.example/x", false, false),
            ("http://127.0.0.1:8081/up", false, false),
            ("https://a:b@push.example/x", false, false),
            ("ftp://push.example/x", false, false),
            ("push.example", false, false),
            ("https://push.example/\u{e4}", false, false),
        ] {
            assert!(!allows(&Push::Off, url));
            assert_eq!(
                (allows(&listed, url), allows(&public, url)),
                (by_name, in_public),
                "{url}"
            );
        }
    }
}
