//! A token that someone holds: `token_decode` tells what it would open.

mod decode;

pub(crate) use decode::TokenDecode;
