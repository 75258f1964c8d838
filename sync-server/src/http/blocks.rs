//! Limits by where something comes from: a block of addresses may connect, ask and begin spaces so and so often, and each
//! connection of it has a rate of its own, so that one cannot take what the others of its block have.
//!
//! No address is kept, in memory either: a block counts in one of a fixed number of cells, chosen by a hash under a key that
//! ends with the process. So a million made-up blocks take no more memory than a few, and nobody can aim at another's cell. Two
//! blocks that share a cell by chance share its allowance.
//!
//! An address of the machine itself counts for nothing unless the operator says so: it is the operator's own, or a proxy that
//! the relay was not told of, behind which everybody would be one.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use hyper::HeaderMap;

use crate::limits::Limits;

/// Hours to spread a day's spaces over.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The header in which each proxy names whom it speaks for, at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Where a block of addresses is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cell(u32);

type Limiter<C> = RateLimiter<Cell, HashMapStateStore<Cell>, C, NoOpMiddleware<<C as Clock>::Instant>>;

type OneLimiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// How many connections there are of each block that has any.
type Connections = Mutex<HashMap<Cell, u32>>;

/// The counters of all blocks.
pub(crate) struct Blocks<C: Clock = DefaultClock> {
    key: [u8; 32],
    cells: u32,
    bits_v4: u32,
    bits_v6: u32,
    count_loopback: bool,
    clock: C,
    requests: Option<Limiter<C>>,
    spaces: Option<Limiter<C>>,
    connections_max: u32,
    connections: Arc<Connections>,
    of_connection: Option<Quota>,
}

impl<C: Clock + Clone> Blocks<C> {
    /// Counts under a key that nobody else has.
    pub(crate) fn new(limits: &Limits, key: [u8; 32], clock: C) -> Self {
        let requests = quota(limits.block_requests_per_second, limits.block_requests_burst);
        let spaces = NonZeroU32::new(limits.block_spaces_per_day)
            .and_then(|a_day| Some(Quota::with_period(DAY / a_day.get())?.allow_burst(a_day)));
        let limiter = |quota| RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self {
            key,
            cells: limits.block_cells.max(1),
            bits_v4: limits.block_bits_v4.min(32),
            bits_v6: limits.block_bits_v6.min(128),
            count_loopback: limits.count_loopback,
            requests: requests.map(limiter),
            spaces: spaces.map(limiter),
            clock,
            connections_max: limits.block_connections_max,
            connections: Arc::default(),
            of_connection: quota(limits.connection_requests_per_second, limits.connection_requests_burst),
        }
    }

    /// Where an address counts, if it does.
    pub(crate) fn cell(&self, address: IpAddr) -> Option<Cell> {
        let address = address.to_canonical();
        if address.is_loopback() && !self.count_loopback {
            return None;
        }
        let (family, block) = match address {
            IpAddr::V4(v4) => (4, leading(u128::from(v4.to_bits()) << 96, self.bits_v4)),
            IpAddr::V6(v6) => (6, leading(v6.to_bits(), self.bits_v6)),
        };
        let mut bytes = [family; 17];
        bytes[1..].copy_from_slice(&block.to_be_bytes());
        let hash = *blake3::keyed_hash(&self.key, &bytes).as_bytes();
        let [a, b, c, d, ..] = hash;
        Some(Cell(u32::from_le_bytes([a, b, c, d]) % self.cells))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn request(&self, cell: Option<Cell>) -> Result<(), u64> {
        self.count(self.requests.as_ref(), cell)
    }

    /// Counts a space that is about to begin.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn space(&self, cell: Option<Cell>) -> Result<(), u64> {
        self.count(self.spaces.as_ref(), cell)
    }

    /// Counts a connection as long as what comes back lives; `None` is one too many.
    pub(crate) fn connection(&self, cell: Option<Cell>) -> Option<Connected<C>> {
        let quota = self.of_connection.filter(|_| cell.is_some());
        let mut connected = Connected {
            place: None,
            requests: quota.map(|quota| RateLimiter::direct_with_clock(quota, self.clock.clone())),
            clock: self.clock.clone(),
        };
        let Some(cell) = cell.filter(|_| self.connections_max > 0) else {
            return Some(connected);
        };
        let mut connections = lock(&self.connections);
        let count = connections.entry(cell).or_default();
        if *count >= self.connections_max {
            return None;
        }
        *count += 1;
        drop(connections);
        connected.place = Some((Arc::clone(&self.connections), cell));
        Some(connected)
    }

    fn count(&self, limiter: Option<&Limiter<C>>, cell: Option<Cell>) -> Result<(), u64> {
        let (Some(limiter), Some(cell)) = (limiter, cell) else {
            return Ok(());
        };
        let counted = limiter.check_key(&cell);
        counted.map_err(|until| seconds(until.wait_time_from(self.clock.now())))
    }
}

impl<C: Clock> fmt::Debug for Blocks<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocks(…)")
    }
}

/// One connection of a block, until it is dropped.
pub(crate) struct Connected<C: Clock = DefaultClock> {
    place: Option<(Arc<Connections>, Cell)>,
    requests: Option<OneLimiter<C>>,
    clock: C,
}

impl<C: Clock> Connected<C> {
    /// Counts a request.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn request(&self) -> Result<(), u64> {
        let counted = self.requests.as_ref().map_or(Ok(()), RateLimiter::check);
        counted.map_err(|until| seconds(until.wait_time_from(self.clock.now())))
    }
}

impl<C: Clock> fmt::Debug for Connected<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connected(…)")
    }
}

impl<C: Clock> Drop for Connected<C> {
    fn drop(&mut self) {
        let Some((connections, cell)) = self.place.take() else {
            return;
        };
        let mut connections = lock(&connections);
        if let Some(count) = connections.get_mut(&cell) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&cell);
            }
        }
    }
}

/// So many in a second, and so many at once; 0 in a second is no limit.
fn quota(per_second: u32, burst: u32) -> Option<Quota> {
    let rate = NonZeroU32::new(per_second)?;
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Some(Quota::per_second(rate).allow_burst(burst))
}

/// Whole seconds, so that who waits them is let in.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Whose request it is: with `proxies` of one's own in front of the relay, whom the outermost of them names; else, and where
/// nobody is named, who connected. What stands further left in the header is what anybody may claim.
pub(crate) fn asker(peer: IpAddr, headers: &HeaderMap, proxies: u32) -> IpAddr {
    let Some(from_the_end) = proxies.checked_sub(1) else {
        return peer;
    };
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let named = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.rsplit(','))
        .nth(usize::try_from(from_the_end).unwrap_or(usize::MAX));
    named.and_then(|named| address(named.trim())).unwrap_or(peer)
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The first `bits` of 128.
const fn leading(address: u128, bits: u32) -> u128 {
    if bits == 0 {
        return 0;
    }
    address & (u128::MAX << (128 - bits))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use governor::clock::FakeRelativeClock;
    use hyper::header::HeaderValue;

    use super::*;

    fn limits() -> Limits {
        Limits {
            block_requests_per_second: 2,
            block_requests_burst: 3,
            block_spaces_per_day: 2,
            block_connections_max: 2,
            ..Limits::default()
        }
    }

    fn blocks(limits: &Limits) -> (Blocks<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Blocks::new(limits, [7; 32], clock.clone()), clock)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_block_shares_an_allowance_that_comes_back() {
        let (blocks, clock) = blocks(&limits());
        let (mine, neighbour) = (blocks.cell(ip("203.0.113.7")), blocks.cell(ip("203.0.113.250")));
        let other = blocks.cell(ip("198.51.100.7"));
        assert_eq!(mine, neighbour);
        assert_ne!(mine, other);
        for cell in [mine, neighbour, mine] {
            assert_eq!(blocks.request(cell), Ok(()));
        }
        assert_eq!(blocks.request(neighbour), Err(1));
        assert_eq!(blocks.request(other), Ok(()));
        clock.advance(Duration::from_millis(500));
        assert_eq!(blocks.request(mine), Ok(()));
        assert_eq!(blocks.request(mine), Err(1));
        assert_eq!(blocks.space(mine), Ok(()), "counted apart");
        assert_eq!(blocks.space(mine), Ok(()));
        assert_eq!(blocks.space(mine), Err(12 * 60 * 60));
    }

    #[test]
    fn six_is_counted_by_its_network_and_four_inside_six_as_four() {
        let (blocks, _) = blocks(&limits());
        let cell = |text| blocks.cell(ip(text)).unwrap();
        assert_eq!(cell("2001:db8:1:2::1"), cell("2001:db8:1:2:ffff::9"));
        assert_ne!(cell("2001:db8:1:2::1"), cell("2001:db8:1:3::1"));
        assert_eq!(cell("::ffff:203.0.113.7"), cell("203.0.113.7"));
        assert_eq!((blocks.cell(ip("127.0.0.1")), blocks.cell(ip("::1"))), (None, None));
    }

    #[test]
    fn nothing_is_limited_where_the_operator_says_nought() {
        let none = Limits {
            block_requests_per_second: 0,
            block_spaces_per_day: 0,
            block_connections_max: 0,
            ..Limits::default()
        };
        let (blocks, _) = blocks(&none);
        let cell = blocks.cell(ip("203.0.113.7"));
        let held: Vec<_> = (0..10_000).map_while(|_| blocks.connection(cell)).collect();
        assert_eq!(held.len(), 10_000);
        assert!((0..10_000).all(|_| blocks.request(cell).is_ok() && blocks.space(cell).is_ok()));
    }

    #[test]
    fn a_connection_counts_until_it_is_over() {
        let (blocks, _) = blocks(&limits());
        let cell = blocks.cell(ip("203.0.113.7"));
        let (first, second) = (blocks.connection(cell), blocks.connection(cell));
        assert!(first.is_some() && second.is_some());
        assert!(blocks.connection(cell).is_none());
        assert!(blocks.connection(blocks.cell(ip("198.51.100.7"))).is_some());
        drop(first);
        assert!(blocks.connection(cell).is_some());
        drop(second);
        assert!(lock(&blocks.connections).is_empty());
    }

    #[test]
    fn a_connection_has_a_rate_of_its_own() {
        let (blocks, clock) = blocks(&Limits {
            connection_requests_per_second: 1,
            connection_requests_burst: 2,
            ..limits()
        });
        let cell = blocks.cell(ip("203.0.113.7"));
        let (one, two) = (blocks.connection(cell).unwrap(), blocks.connection(cell).unwrap());
        assert_eq!([one.request(), one.request(), one.request()], [Ok(()), Ok(()), Err(1)]);
        assert_eq!(two.request(), Ok(()));
        clock.advance(Duration::from_secs(1));
        assert_eq!([one.request(), one.request()], [Ok(()), Err(1)]);
        // A proxy, and this machine itself, ask for many.
        let many = blocks.connection(None).unwrap();
        assert!((0..1_000).all(|_| many.request().is_ok()));
    }

    #[test]
    fn a_million_blocks_take_no_more_memory_than_there_are_cells() {
        let limits = Limits {
            block_cells: 1_000,
            ..limits()
        };
        let (blocks, _) = blocks(&limits);
        for n in 0..1_000_000_u32 {
            let address = IpAddr::from((u128::from(n) << 64).to_be_bytes());
            let cell = blocks.cell(address);
            let _ = blocks.request(cell);
        }
        assert_eq!(blocks.requests.unwrap().len(), 1_000);
    }

    #[test]
    fn who_asks_is_whom_our_own_outermost_proxy_names() {
        let peer = ip("10.0.0.1");
        let mut headers = HeaderMap::new();
        assert_eq!(asker(peer, &headers, 1), peer);
        for line in ["192.0.2.1, 198.51.100.2", "203.0.113.3:4711"] {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        assert_eq!(asker(peer, &headers, 0), peer);
        assert_eq!(asker(peer, &headers, 1), ip("203.0.113.3"));
        assert_eq!(asker(peer, &headers, 2), ip("198.51.100.2"));
        assert_eq!(asker(peer, &headers, 9), peer);
        headers.append(FORWARDED_FOR, HeaderValue::from_static("unknown"));
        assert_eq!(asker(peer, &headers, 1), peer);
    }
}
