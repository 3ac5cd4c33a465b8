//! What every identity provider's server does.

use std::net::TcpStream;

use super::testing::{authority, client};
use super::{CertificateAuthority, IdentityProvider};

#[test]
fn a_client_that_trusts_the_authority_reaches_the_server_by_name_and_by_number() {
    let provider = IdentityProvider::start(authority()).unwrap();
    for name in ["localhost", "127.0.0.1"] {
        let url = provider.jwks_url().replace("localhost", name);
        assert_eq!(client(authority()).get(&url).send().unwrap().status(), 200, "{url}");
    }
}

#[test]
fn a_client_that_trusts_another_authority_is_not_served() {
    let provider = IdentityProvider::start(authority()).unwrap();
    let stranger = CertificateAuthority::new().unwrap();
    assert!(client(&stranger).get(provider.jwks_url()).send().is_err());
    assert_eq!(provider.jwks().requests(), 0);
}

#[test]
fn a_client_that_says_nothing_does_not_keep_others_waiting() {
    let provider = IdentityProvider::start(authority()).unwrap();
    let _mute = TcpStream::connect(provider.domain().replace("localhost", "127.0.0.1")).unwrap();
    assert_eq!(client(authority()).get(provider.jwks_url()).send().unwrap().status(), 200);
}

#[test]
fn dropping_a_provider_frees_its_port() {
    let provider = IdentityProvider::start(authority()).unwrap();
    let address = provider.domain().replace("localhost", "127.0.0.1");
    drop(provider);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn one_authority_makes_several_providers_trusted() {
    let first = IdentityProvider::start(authority()).unwrap();
    let second = IdentityProvider::start(authority()).unwrap();
    assert_ne!(first.url(), second.url());
    assert_eq!(client(authority()).get(second.jwks_url()).send().unwrap().status(), 200);
}

#[test]
fn the_authority_shows_its_certificate_and_not_its_key() {
    let shown = format!("{:?} {}", authority(), authority().pem());
    assert!(shown.contains("BEGIN CERTIFICATE") && !shown.contains("PRIVATE KEY"), "{shown}");
}
