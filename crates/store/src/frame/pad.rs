//! Padding: how long a change was is hidden among its neighbours.

/// Least length of a padded event, in bytes: any ordinary control event, one wrapped key, one device's sealing key (1216 and its frame of CBOR).
const FLOOR: usize = 1232;

/// Length to which an event of `length` bytes is filled up: at least 1232, and above that Padmé, which wastes at most 12 %
/// (Nikitin and others, *Reducing Metadata Leakage from Encrypted Files and Communication with PURBs*, 2019, section 4).
pub fn bucket(length: usize) -> usize {
    if length <= FLOOR {
        return FLOOR;
    }
    let exponent = length.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let granule = 1_usize << exponent.saturating_sub(kept_bits);
    length.next_multiple_of(granule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_few_and_waste_little() {
        assert_eq!([0, 1, 1231, 1232].map(bucket), [1232; 4]);
        assert_eq!(
            [1233, 1280, 1281, 2048, 2049, 60_000].map(bucket),
            [1280, 1280, 1344, 2048, 2176, 61_440]
        );
        for length in 1233..200_000 {
            let padded = bucket(length);
            assert!(padded >= length && (padded - length) * 8 <= length, "{length}");
            assert_eq!(bucket(padded), padded);
        }
    }
}
