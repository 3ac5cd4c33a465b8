//! Mutual TLS between plugin and host, as go-plugin's AutoMTLS has it: each side makes a certificate for this one
//! run and gives it to the other beforehand. There is no authority and no chain: a certificate is compared.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime, pem};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, ServerConfig};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, SignatureScheme};

/// The name that hosts expect in the plugin's certificate, whatever the address.
const SERVER_NAME: &str = "localhost";

/// The plugin's side of mutual TLS.
pub(super) struct MutualTls {
    /// The plugin's certificate, for the handshake line.
    pub(super) certificate: CertificateDer<'static>,
    /// Serves with it, and refuses every client but the host.
    pub(super) config: Arc<ServerConfig>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("the host's certificate is no PEM")]
    HostCertificate(#[source] pem::Error),
    #[error("the host's certificate is PEM, but no certificate")]
    NoCertificate(#[source] rustls::Error),
    #[error("cannot make a certificate for the plugin")]
    PluginCertificate(#[from] rcgen::Error),
    #[error("cannot set up TLS")]
    Config(#[from] rustls::Error),
}

impl MutualTls {
    /// Makes a key and a certificate (P-256, the cheapest to make and to sign with that every host reads) and lets in
    /// only a client that holds the key of `host_certificate`.
    pub(super) fn with_host(host_certificate: &str) -> Result<Self, TlsError> {
        let host =
            CertificateDer::from_pem_slice(host_certificate.as_bytes()).map_err(TlsError::HostCertificate)?;
        // No client could ever show what is no certificate: better to say so than to refuse them one by one.
        ParsedCertificate::try_from(&host).map_err(TlsError::NoCertificate)?;
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([SERVER_NAME.to_owned()])?;
        let certificate = cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());

        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = OnlyTheHost::new(host, &provider);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key.into())?;
        // Hosts that are built with grpc-go 1.67 or later hang up where HTTP/2 was not agreed on.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A host connects once: nothing is ever resumed.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { certificate, config: Arc::new(config) })
    }
}

/// Lets in the one certificate that the host announced, and only with proof of its key.
///
/// The stock verifier can't: the host's certificate is its own authority and marked as one, which a leaf must not be.
/// Comparing bytes is stricter than what it would have done, and leaves nothing to parse before the comparison.
#[derive(Debug)]
struct OnlyTheHost {
    host: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl OnlyTheHost {
    fn new(host: CertificateDer<'static>, provider: &CryptoProvider) -> Self {
        Self { host, algorithms: provider.signature_verification_algorithms }
    }
}

impl ClientCertVerifier for OnlyTheHost {
    /// None: Go's client sends its certificate to whoever names no authority.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.host {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    /// Hosts use P-521; leaving it out makes them send no certificate at all.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustls::client::ResolvesClientCert;
    use rustls::version::{TLS12, TLS13};
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection, SupportedProtocolVersion};

    use super::*;

    fn certificate() -> CertifiedKey<rcgen::KeyPair> {
        generate_simple_self_signed(["localhost".to_owned()]).unwrap()
    }

    fn in_pem(certificate: &CertificateDer<'_>) -> String {
        use base64::Engine as _;
        let body = base64::engine::general_purpose::STANDARD.encode(certificate);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    /// A client's certificate, and whether the server asked for one.
    #[derive(Debug)]
    struct Resolver {
        shown: Option<Arc<rustls::sign::CertifiedKey>>,
        asked: AtomicBool,
    }

    impl ResolvesClientCert for Resolver {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
            self.asked.store(true, Ordering::Relaxed);
            self.shown.clone()
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    /// The server's end of a handshake in memory, or why the server refused.
    fn handshake(
        tls: &MutualTls,
        resolver: &Arc<Resolver>,
        version: &'static SupportedProtocolVersion,
    ) -> Result<ServerConnection, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(tls.certificate.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::clone(resolver) as Arc<dyn ResolvesClientCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        let name = SERVER_NAME.try_into().unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut server = ServerConnection::new(Arc::clone(&tls.config)).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut sent = Vec::new();
            client.write_tls(&mut sent).unwrap();
            server.read_tls(&mut sent.as_slice()).unwrap();
            server.process_new_packets()?;
            sent.clear();
            server.write_tls(&mut sent).unwrap();
            client.read_tls(&mut sent.as_slice()).unwrap();
            client.process_new_packets().unwrap();
        }
        Ok(server)
    }

    #[test]
    fn the_plugin_offers_http2_and_asks_every_client_for_a_certificate() {
        let CertifiedKey { cert, signing_key } = certificate();
        let tls = MutualTls::with_host(&in_pem(cert.der())).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der()).into();
        let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
        let host = Arc::new(rustls::sign::CertifiedKey::new(vec![cert.der().clone()], key));

        for version in [&TLS13, &TLS12] {
            let resolver = |shown| Arc::new(Resolver { shown, asked: AtomicBool::new(false) });
            let (with, without) = (resolver(Some(Arc::clone(&host))), resolver(None));

            let server = handshake(&tls, &with, version).unwrap();
            let refused = handshake(&tls, &without, version).err();

            assert_eq!(server.alpn_protocol(), Some(b"h2".as_slice()), "{version:?}");
            assert!(with.asked.load(Ordering::Relaxed), "{version:?}");
            assert!(without.asked.load(Ordering::Relaxed), "{version:?}");
            assert_eq!(refused, Some(rustls::Error::NoCertificatesPresented), "{version:?}");
        }
    }

    #[test]
    fn each_run_has_a_certificate_of_its_own() {
        let host = in_pem(certificate().cert.der());

        let (first, second) = (MutualTls::with_host(&host).unwrap(), MutualTls::with_host(&host).unwrap());

        assert_ne!(first.certificate, second.certificate);
    }

    #[test]
    fn only_the_announced_certificate_is_let_in() {
        let provider = aws_lc_rs::default_provider();
        let (host, other) = (certificate().cert.der().clone(), certificate().cert.der().clone());
        let verifier = OnlyTheHost::new(host.clone(), &provider);
        let admits = |shown: &CertificateDer<'_>| {
            verifier.verify_client_cert(shown, std::slice::from_ref(&host), UnixTime::now()).is_ok()
        };

        assert!(admits(&host));
        assert!(!admits(&other));
        assert!(!admits(&CertificateDer::from(Vec::new())));
        assert!(verifier.client_auth_mandatory());
    }

    #[test]
    fn pem_that_holds_no_certificate_is_an_error() {
        for der in [b"".as_slice(), b"garbage", b"\x30\x03\x02\x01\x01"] {
            let Err(error) = MutualTls::with_host(&in_pem(&CertificateDer::from(der))) else {
                panic!("{der:?} is no certificate")
            };
            assert_eq!(error.to_string(), "the host's certificate is PEM, but no certificate", "{der:?}");
        }
    }

    #[test]
    fn a_host_certificate_that_is_no_pem_is_an_error_that_shows_nothing_of_it() {
        for text in [
            "",
            "nonsense",
            "-----BEGIN CERTIFICATE-----\nMIIB",
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
        ] {
            let Err(error) = MutualTls::with_host(text) else { panic!("{text:?} is no certificate") };
            assert_eq!(error.to_string(), "the host's certificate is no PEM", "{text:?}");
        }
    }
}
