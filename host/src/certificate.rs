//! The two certificates of a plugin connection. There is no authority: each side pins the one certificate that
//! the other side announced, the host's through the environment and the plugin's through its handshake line.

use std::fmt;
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P521_SHA512, SignatureAlgorithm,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};

/// The name that a plugin's certificate must carry, and that a host asks for.
const NAME: &str = "localhost";
/// The only protocol that gRPC speaks; a host in Go ends a connection on which it was not agreed.
const HTTP2: &[u8] = b"h2";

/// A certificate and its key, made for one process.
pub struct Identity {
    /// The certificate, signed by itself
    pub certificate: CertificateDer<'static>,
    pem: String,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Identity {
    /// A certificate like the one that Terraform makes for each provider it starts: P-521, signed by itself,
    /// and marked as an authority although it is the leaf.
    pub fn of_a_host() -> Self {
        Self::generate(&PKCS_ECDSA_P521_SHA512)
    }

    /// A certificate for a plugin, on the curve that is the quickest to make.
    pub fn of_a_plugin() -> Self {
        Self::generate(&PKCS_ECDSA_P256_SHA256)
    }

    fn generate(curve: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(curve).expect("the system has randomness to give");
        let mut params = CertificateParams::new([NAME.to_owned()]).expect("the name is one");
        params.distinguished_name.push(DnType::CommonName, NAME);
        params.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key).expect("a key signs its own certificate");
        Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        }
    }

    /// Somebody who shows a certificate without having its key.
    pub fn thief_of(certificate: &CertificateDer<'static>) -> Self {
        Self { certificate: certificate.clone(), ..Self::of_a_host() }
    }

    /// The certificate as the environment carries it.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// How a host connects to a plugin that announced `server`; with no identity it shows no certificate.
pub(crate) fn client_config(
    server: &[u8],
    client: Option<&Identity>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, rustls::Error> {
    let pinned = Arc::new(Pinned::new(server));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&pinned.crypto))
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(pinned);
    let mut config = match client {
        Some(Identity { certificate, key, .. }) => {
            let key = aws_lc_rs::sign::any_supported_type(&PrivateKeyDer::from(key.clone_key()))?;
            // Whether the key belongs to the certificate is for the plugin to find out.
            let shown = CertifiedKey::new(vec![certificate.clone()], key);
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

/// How a plugin serves a host that announced the certificate in `client_pem`.
pub(crate) fn server_config(server: &Identity, client_pem: &str) -> anyhow::Result<ServerConfig> {
    let client =
        CertificateDer::from_pem_slice(client_pem.as_bytes()).context("the host's certificate is not PEM")?;
    let pinned = Arc::new(Pinned::new(&client));
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&pinned.crypto))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(pinned)
        .with_single_cert(vec![server.certificate.clone()], PrivateKeyDer::from(server.key.clone_key()))?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

/// The name that a host asks the plugin's certificate for.
pub(crate) fn server_name() -> ServerName<'static> {
    ServerName::try_from(NAME).expect("a valid name")
}

/// Whether HTTP/2 is what both sides agreed on.
pub(crate) fn is_http2(agreed: Option<&[u8]>) -> bool {
    agreed == Some(HTTP2)
}

/// Trusts one certificate and nothing else. The library's own verifier refuses an authority as a leaf.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl Pinned {
    fn new(der: &[u8]) -> Self {
        Self {
            certificate: CertificateDer::from(der.to_vec()),
            crypto: Arc::new(aws_lc_rs::default_provider()),
        }
    }

    fn matches(&self, shown: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        match *shown == self.certificate {
            true => Ok(()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }
}

/// The part that the two traits have in common: the other side must have the key of the certificate that it showed.
macro_rules! verify_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            shown: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls12_signature(message, shown, signature, &self.crypto.signature_verification_algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            shown: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls13_signature(message, shown, signature, &self.crypto.signature_verification_algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.crypto.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.matches(end_entity)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    verify_signatures!();
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.matches(end_entity)?;
        Ok(ClientCertVerified::assertion())
    }

    verify_signatures!();
}
