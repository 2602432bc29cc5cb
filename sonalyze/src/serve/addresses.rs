//! Where this machine can be reached from its network: all interfaces that are up, IPv4 first.

use std::io;
use std::net::IpAddr;

use if_addrs::{IfOperStatus, Interface};

/// An address of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanAddress {
    /// The address.
    pub ip: IpAddr,
    /// Name of its interface.
    pub interface: String,
}

impl LanAddress {
    /// The URL of a port at this address.
    pub fn url(&self, port: u16) -> String {
        url(self.ip, port)
    }
}

/// All addresses by which other machines may reach this one. Link-local addresses of IPv6 need a zone, which browsers
/// do not take, so they are left out.
///
/// # Errors
/// When the system does not tell its interfaces.
pub fn lan_addresses() -> io::Result<Vec<LanAddress>> {
    let mut found: Vec<LanAddress> = if_addrs::get_if_addrs()?
        .into_iter()
        .filter(is_reachable)
        .map(|interface| LanAddress {
            ip: interface.ip(),
            interface: interface.name,
        })
        .collect();
    found.sort_by_key(|address| address.ip.is_ipv6());
    Ok(found)
}

/// `http://ADDRESS:PORT`, an IPv6 address in brackets.
pub fn url(ip: IpAddr, port: u16) -> String {
    match ip {
        IpAddr::V4(ip) => format!("http://{ip}:{port}"),
        IpAddr::V6(ip) => format!("http://[{ip}]:{port}"),
    }
}

fn is_reachable(interface: &Interface) -> bool {
    let is_up = matches!(
        interface.oper_status,
        IfOperStatus::Up | IfOperStatus::Unknown
    );
    let needs_zone = interface.is_link_local() && interface.ip().is_ipv6();
    is_up && !interface.is_loopback() && !needs_zone
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn an_address_of_ipv6_stands_in_brackets() {
        assert_eq!(
            url(Ipv4Addr::new(10, 0, 0, 7).into(), 8000),
            "http://10.0.0.7:8000"
        );
        assert_eq!(url(Ipv6Addr::LOCALHOST.into(), 80), "http://[::1]:80");
    }

    #[test]
    fn addresses_of_this_machine_are_no_loopback_and_ipv4_comes_first() {
        let found = lan_addresses().unwrap();
        assert!(found.iter().all(|address| !address.ip.is_loopback()));
        let families: Vec<bool> = found.iter().map(|address| address.ip.is_ipv6()).collect();
        assert!(families.is_sorted());
    }
}
