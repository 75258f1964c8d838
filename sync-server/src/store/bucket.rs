//! Which S3-compatible bucket, and with what it is opened.

use std::fmt;
use std::str::FromStr as _;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use crate::limits::{BUCKET_CALL_TIMEOUT, BUCKET_CONNECT_TIMEOUT, BUCKET_REQUEST_TIMEOUT, BUCKET_RETRIES};

/// A bucket of an S3-compatible server, or a part of it that begins with a prefix. `Debug` shows no credentials.
///
/// What is not said here comes from the environment, as every S3 client reads it: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
/// `AWS_ENDPOINT_URL`, and where a machine has a role, that.
#[derive(Clone)]
#[non_exhaustive]
pub struct Bucket {
    name: String,
    prefix: Path,
    /// The server, `https://host[:port]`; `None` is that of AWS.
    pub endpoint: Option<String>,
    /// The region; `None` is what the environment says, else `us-east-1`.
    pub region: Option<String>,
    /// Whether the server may be spoken to without TLS.
    pub plain_http: bool,
    /// The access key's id and its secret.
    pub credentials: Option<(String, String)>,
}

/// Why a bucket cannot be used. The operator's to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BucketError {
    /// The place is not said as one.
    #[error("blobs are not said as s3://BUCKET or s3://BUCKET/PREFIX")]
    Malformed,
    /// The server, region or credentials are said so that no client can be made of them.
    #[error("the server of the bucket is not said as https://HOST, or http://HOST where plain HTTP is allowed")]
    Settings,
    /// Nobody answers: the network, the server, or whoever gives credentials to this machine.
    #[error("the server of the bucket cannot be reached, did not answer in time, or there are no credentials for it")]
    Unreachable,
    /// The server knows neither the credentials nor what they may.
    #[error("the server of the bucket refuses the credentials, or they may not list, read, write and delete in it")]
    Refused,
    /// The server has no such bucket, or what was to be read is not there.
    #[error("the bucket is not there")]
    NotThere,
    /// The server failed.
    #[error("the server of the bucket failed")]
    Failed,
    /// The server does not honour `If-None-Match`: two that write at once could mix up what they write.
    #[error(
        "the server of the bucket writes over what is there although it is told not to (If-None-Match): it cannot be used"
    )]
    WritesOver,
    /// What is erased would stay.
    #[error(
        "the bucket keeps versions of what is deleted, so that nothing could be erased: turn that off, and remove the versions"
    )]
    KeepsVersions,
    /// The place is another relay's.
    #[error("the place of blobs is another relay's: name another prefix")]
    OtherRelay,
    /// The place is that of another incarnation of this store, which may still run, or of a copy of it that has begun since.
    #[error(
        "the place of blobs is held by another incarnation or copy of this store: if no relay runs on that one any more, say --put-back once; else name another place"
    )]
    OtherIncarnation,
    /// The store has blobs in a bucket, and this one knows nothing of it.
    #[error(
        "this store has blobs in a bucket that is not this one: name that one, or if it is lost say --put-back once"
    )]
    Lost,
    /// The store has blobs in a bucket, and none is named.
    #[error("this store has blobs in a bucket, and none is named: say --blobs s3://BUCKET/PREFIX")]
    NotNamed,
}

impl Bucket {
    /// The place that a URL names: `s3://bucket`, or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`BucketError::Malformed`].
    pub fn new(url: &str) -> Result<Self, BucketError> {
        let place = url.strip_prefix("s3://").ok_or(BucketError::Malformed)?;
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if name.is_empty() || !name.bytes().all(is_name) || prefix.contains(['?', '#', '@']) {
            return Err(BucketError::Malformed);
        }
        Ok(Self {
            name: name.to_owned(),
            prefix: Path::parse(prefix).map_err(|_| BucketError::Malformed)?,
            endpoint: None,
            region: None,
            plain_http: false,
            credentials: None,
        })
    }

    /// Where in the bucket everything of the store begins.
    pub(super) const fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Whether the server is said so that it can be asked.
    pub(crate) fn check(&self) -> Result<(), BucketError> {
        let plain = self
            .endpoint
            .as_ref()
            .is_some_and(|endpoint| endpoint.starts_with("http://"));
        let is_server = |endpoint: &String| {
            hyper::Uri::from_str(endpoint).is_ok_and(|uri| {
                // A password would be shown.
                let is_bare = uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'));
                matches!(uri.scheme_str(), Some("http" | "https")) && is_bare
            })
        };
        if (plain && !self.plain_http) || !self.endpoint.iter().all(is_server) {
            return Err(BucketError::Settings);
        }
        Ok(())
    }

    /// A client of it. Nothing is asked yet.
    pub(super) fn open(&self) -> Result<AmazonS3, BucketError> {
        self.check()?;
        // What reqwest looks for where it is built without ciphers of its own; whoever else set it first has ring too.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = ClientOptions::new()
            .with_connect_timeout(BUCKET_CONNECT_TIMEOUT)
            .with_timeout(BUCKET_REQUEST_TIMEOUT)
            .with_allow_http(self.plain_http)
            .with_http1_only();
        let retry = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: BUCKET_RETRIES,
            retry_timeout: BUCKET_CALL_TIMEOUT,
        };
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.name)
            .with_client_options(client)
            .with_retry(retry);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some((id, secret)) = &self.credentials {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        builder.build().map_err(|_| BucketError::Settings)
    }
}

impl fmt::Display for Bucket {
    /// As it was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.name)?;
        if self.prefix.parts().next().is_some() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({self})")
    }
}

impl From<object_store::Error> for BucketError {
    /// What it says beside its kind has addresses in it.
    fn from(error: object_store::Error) -> Self {
        use object_store::Error;
        match error {
            Error::NotFound { .. } => Self::NotThere,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Self::Refused,
            Error::Generic { .. } => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_place_is_read_and_shown_without_credentials() {
        for said in ["s3://blobs", "s3://blobs.example/of/a-relay"] {
            let mut bucket = Bucket::new(said).unwrap();
            bucket.credentials = Some(("hunter1".to_owned(), "hunter2".to_owned()));
            assert_eq!(bucket.to_string(), said);
            assert!(!format!("{bucket:?}").contains("hunter"));
        }
        for wrong in [
            "",
            "blobs",
            "s3://",
            "s3:///x",
            "https://host/b",
            "s3://me:hunter2@host/b",
            "s3://b/a?key=hunter2",
        ] {
            let error = Bucket::new(wrong).unwrap_err();
            assert_eq!(error, BucketError::Malformed, "{wrong}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_server_without_tls_is_asked_for_in_words() {
        let mut bucket = Bucket::new("s3://blobs").unwrap();
        bucket.endpoint = Some("http://127.0.0.1:1".to_owned());
        assert_eq!(bucket.open().unwrap_err(), BucketError::Settings);
        bucket.plain_http = true;
        bucket.region = Some("us-east-1".to_owned());
        bucket.open().unwrap();
        bucket.endpoint = Some("nothing at all".to_owned());
        assert_eq!(bucket.open().unwrap_err(), BucketError::Settings);
    }
}
