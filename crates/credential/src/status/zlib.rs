//! DEFLATE in the zlib format (RFC 1950, RFC 1951), with a limit that holds before inflating and not after.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::check::{Check, Refusal};

/// The best level that is still a sane use of time; the library has one more that tries every match.
const BEST_LEVEL: u8 = 9;

/// Room that is taken before anything has come out, at most.
const FIRST_ROOM_BYTES: usize = 4096;

/// Compresses `bytes`.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec_zlib(bytes, BEST_LEVEL)
}

/// Inflates exactly one zlib stream. Room is doubled only once it is full, and never passes `limit`: a stream
/// that wants more is refused there, with the rest of it unread.
pub(super) fn inflate(compressed: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
    let malformed = || Check::StatusListZlib.refuse();
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let mut room = vec![0; FIRST_ROOM_BYTES.min(limit)];
    let (mut input, mut length) = (compressed, 0_usize);
    loop {
        let (status, taken, given) = decompress(&mut state, input, &mut room, length, flags);
        input = input.get(taken..).ok_or_else(malformed)?;
        length = length.saturating_add(given);
        match status {
            // RFC 1950: the library has compared the checksum. What follows belongs to no list.
            TINFLStatus::Done if input.is_empty() => {
                room.truncate(length);
                room.shrink_to_fit();
                return Ok(room);
            }
            TINFLStatus::HasMoreOutput if room.len() >= limit => {
                return Err(Check::StatusListTooLarge.refuse());
            }
            TINFLStatus::HasMoreOutput => room.resize(room.len().saturating_mul(2).min(limit), 0),
            _ => return Err(malformed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::MAX_LIST_BYTES;
    use proptest::prelude::*;

    fn check(compressed: &[u8], limit: usize) -> Check {
        inflate(compressed, limit).unwrap_err().check
    }

    /// The beginning of a zlib stream of many megabytes of zeros: one of them, flushed so that it can be repeated.
    fn zeros(megabytes: usize) -> Vec<u8> {
        use miniz_oxide::deflate::core::create_comp_flags_from_zip_params;
        use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output};
        let raw = -15;
        let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(9, raw, 0));
        let mut one = Vec::new();
        compress_to_output(&mut compressor, &vec![0; 1024 * 1024], TDEFLFlush::Full, |bytes| {
            one.extend_from_slice(bytes);
            true
        });
        [&[0x78, 0xda][..], &one.repeat(megabytes)].concat()
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        for length in [0, 1, 4095, 4096, 4097, 10_000, 65_536] {
            let bytes: Vec<u8> = (0..length).map(|place: u32| place.to_le_bytes()[0]).collect();
            let compressed = deflate(&bytes);
            assert_eq!(inflate(&compressed, bytes.len()).as_ref(), Ok(&bytes), "{length}");
            if let Some(less) = bytes.len().checked_sub(1) {
                assert_eq!(check(&compressed, less), Check::StatusListTooLarge, "ST-14 {length}");
            }
        }
    }

    #[test]
    fn st_14_a_bomb_is_refused_before_it_goes_off() {
        let bomb = zeros(1024);
        assert!(bomb.len() < 1_100_000, "a gigabyte in a megabyte: {}", bomb.len());
        assert_eq!(check(&bomb, MAX_LIST_BYTES), Check::StatusListTooLarge, "ST-14");
        // Cut off behind the limit, it is refused for its length all the same: the rest was never needed.
        assert_eq!(check(&bomb[..20_000], MAX_LIST_BYTES), Check::StatusListTooLarge, "ST-14");
        // Up to the limit it is only the end that is missing.
        assert_eq!(check(&zeros(16), MAX_LIST_BYTES), Check::StatusListZlib, "ST-13");
        assert_eq!(check(&zeros(17), MAX_LIST_BYTES), Check::StatusListTooLarge, "ST-14");
    }

    #[test]
    fn st_13_what_is_not_exactly_one_stream_is_refused() {
        let good = deflate(b"a list of statuses");
        for end in 0..good.len() {
            assert_eq!(check(&good[..end], 1000), Check::StatusListZlib, "ST-13 cut at {end}");
        }
        let mut cases = vec![
            [&good[..], &[0]].concat(),
            [&good[..], &good[..]].concat(),
            // Not zlib: raw DEFLATE, a gzip header, a preset dictionary, a window too large.
            good[2..].to_vec(),
            vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [&[0x78, 0xbb][..], &good[2..]].concat(),
            [&[0x88, 0x1c][..], &good[2..]].concat(),
        ];
        let mut wrong_sum = good.clone();
        *wrong_sum.last_mut().unwrap() ^= 1;
        cases.push(wrong_sum);
        for case in cases {
            assert_eq!(check(&case, 1000), Check::StatusListZlib, "ST-13 {case:02x?}");
        }
    }

    proptest! {
        #[test]
        fn a_flipped_bit_never_goes_unnoticed(
            bytes in proptest::collection::vec(any::<u8>(), 0..2000),
            place in any::<proptest::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let mut compressed = deflate(&bytes);
            let place = place.index(compressed.len());
            compressed[place] ^= 1 << bit;
            // What inflates in spite of the flip (a changed level in the header, a bit of padding) is the same list.
            if let Ok(read) = inflate(&compressed, 4000) {
                prop_assert_eq!(read, bytes);
            }
        }

        #[test]
        fn no_bytes_give_more_than_the_limit(
            compressed in proptest::collection::vec(any::<u8>(), 0..300),
            limit in 0..5000_usize,
        ) {
            let stream = [&[0x78, 0xda][..], &compressed].concat();
            for text in [&compressed, &stream] {
                if let Ok(read) = inflate(text, limit) {
                    prop_assert!(read.len() <= limit);
                }
            }
        }
    }
}
