//! gRPC's framing of messages in HTTP/2 bodies: a flag byte, the length in four bytes, the message.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;

const HEADER: usize = 5;

/// The messages in a body; `None` where the body is cut, or a message is compressed, which hosts don't do.
pub fn messages(mut body: &[u8]) -> Option<Vec<&[u8]>> {
    let mut messages = Vec::new();
    while !body.is_empty() {
        let (header, rest) = body.split_first_chunk::<HEADER>()?;
        let [0, length @ ..] = *header else { return None };
        let (message, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(length)).ok()?)?;
        messages.push(message);
        body = rest;
    }
    Some(messages)
}

/// The messages as a body.
pub fn framed(messages: &[impl AsRef<[u8]>]) -> Bytes {
    let mut body = BytesMut::new();
    for message in messages.iter().map(AsRef::as_ref) {
        body.put_u8(0);
        body.put_u32(u32::try_from(message.len()).expect("no message is larger than 4 GiB"));
        body.put_slice(message);
    }
    body.freeze()
}

/// A successful answer with these messages.
pub fn answer(messages: &[Vec<u8>]) -> http::Response<Body> {
    let trailers = HeaderMap::from_iter([(tonic::Status::GRPC_STATUS, HeaderValue::from_static("0"))]);
    let body = Full::new(framed(messages)).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = http::Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_at_their_lengths() {
        let body = [0, 0, 0, 0, 2, b'a', b'b', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, b'c'];
        assert_eq!(messages(&body), Some(vec![b"ab".as_slice(), b"", b"c"]));
        assert_eq!(messages(&[]), Some(vec![]));
    }

    #[test]
    fn a_cut_or_compressed_body_is_not_read() {
        assert_eq!(messages(&[0, 0, 0]), None);
        assert_eq!(messages(&[0, 0, 0, 0, 2, b'a']), None);
        assert_eq!(messages(&[1, 0, 0, 0, 1, b'a']), None);
    }
}
