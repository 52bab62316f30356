//! HPKE, RFC 9180 appendix A. Our own suite has another KEM (X-Wing), so these run on the library below it: the key
//! schedule, the nonces and the export of both are the same code.

use std::convert::Infallible;

use hpke::aead::{Aead, AesGcm128, ChaCha20Poly1305};
use hpke::kdf::{HkdfSha256, HkdfSha512, Kdf};
use hpke::kem::{DhP256HkdfSha256, Kem, X25519HkdfSha256};
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, OpModeR, OpModeS, PskBundle, Serializable};
use serde_json::Value;

use crate::folder::Folder;
use crate::{hex, list, text};

#[test]
fn hpke_rfc9180() {
    let Some(mut folder) = Folder::open("hpke-rfc9180") else { return };
    let file = folder.json("vectors.json");
    for case in list(&file, "vectors") {
        let [kem, kdf, aead] = ["kem_id", "kdf_id", "aead_id"].map(|name| {
            let id = &case[name];
            id.as_u64().or_else(|| id.as_str()?.parse().ok()).unwrap()
        });
        match (kem, kdf, aead) {
            (0x10, 1, 1) => run::<DhP256HkdfSha256, HkdfSha256, AesGcm128>(case),
            (0x10, 1, 3) => run::<DhP256HkdfSha256, HkdfSha256, ChaCha20Poly1305>(case),
            (0x10, 3, 1) => run::<DhP256HkdfSha256, HkdfSha512, AesGcm128>(case),
            (0x20, 1, 1) => run::<X25519HkdfSha256, HkdfSha256, AesGcm128>(case),
            (0x20, 1, 3) => run::<X25519HkdfSha256, HkdfSha256, ChaCha20Poly1305>(case),
            other => panic!("no test for the suite {other:?}"),
        }
    }
    folder.finish();
}

fn run<K: Kem, D: Kdf, A: Aead>(case: &Value) {
    let (info, enc) = (hex(&case["info"]), hex(&case["enc"]));
    let (private, public) = K::derive_keypair(&hex(&case["ikmR"]));
    // X25519 keys come out clamped, so what they are good for is compared.
    let named = K::PrivateKey::from_bytes(&hex(&case["skRm"])).unwrap();
    assert!(K::sk_to_pk(&named) == public);
    assert_eq!(public.to_bytes().to_vec(), hex(&case["pkRm"]));

    let (psk, psk_id);
    let (to, from) = match text(case, "mode_name") {
        "Base" => (OpModeS::Base, OpModeR::Base),
        "PSK" => {
            (psk, psk_id) = (hex(&case["psk"]), hex(&case["psk_id"]));
            let bundle = || PskBundle::new(&psk, &psk_id).unwrap();
            (OpModeS::Psk(bundle()), OpModeR::Psk(bundle()))
        }
        other => panic!("no test for the mode {other}"),
    };
    let mut ephemeral = Fixed(hex(&case["ikmE"]));
    let (key, mut sender) =
        hpke::setup_sender_with_rng::<A, D, K>(&to, &public, &info, &mut ephemeral).unwrap();
    assert_eq!(key.to_bytes().to_vec(), enc);
    let key = K::EncappedKey::from_bytes(&enc).unwrap();
    let mut receiver = hpke::setup_receiver::<A, D, K>(&from, &private, &key, &info).unwrap();

    let mut by_number: Vec<&Value> = list(case, "encryptions").iter().collect();
    by_number.sort_by_key(|encryption| number(&encryption["sequence number"]));
    let mut sequence = 0;
    for encryption in by_number {
        // The contexts count for themselves; what the vectors leave out is sealed and opened in between.
        while sequence < number(&encryption["sequence number"]) {
            let between = sender.seal(b"", b"").unwrap();
            assert_eq!(receiver.open(&between, b"").unwrap(), b"");
            sequence += 1;
        }
        let (plaintext, aad, sealed) =
            (hex(&encryption["pt"]), hex(&encryption["aad"]), hex(&encryption["ct"]));
        assert_eq!(sender.seal(&plaintext, &aad).unwrap(), sealed, "{sequence}");
        assert!(receiver.open(&sealed, b"other").is_err());
        assert_eq!(receiver.open(&sealed, &aad).unwrap(), plaintext);
        sequence += 1;
    }
    for export in list(case, "exports") {
        let mut exported = vec![0; usize::try_from(number(&export["L"])).unwrap()];
        receiver.export(&hex(&export["exporter_context"]), &mut exported).unwrap();
        assert_eq!(exported, hex(&export["exported_value"]));
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

/// Gives the keying material of the vector where the library draws its ephemeral key.
struct Fixed(Vec<u8>);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        let drawn: Vec<u8> = self.0.drain(..output.len()).collect();
        output.copy_from_slice(&drawn);
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}
