//! Argon2id known answers.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use bookbag_crypto::kdf::PasswordCost;

use crate::folder::Folder;
use crate::{hex, list, text};

#[test]
fn argon2() {
    let Some(mut folder) = Folder::open("argon2") else { return };
    let file = folder.json("argon2id.json");
    let number = |value: &serde_json::Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    for case in list(&file, "cases") {
        assert_eq!((text(case, "type"), number(&case["version"])), ("Argon2_id", 0x13));
        let [memory, passes, lanes] = ["m_cost_kib", "t_cost", "parallelism"].map(|name| number(&case[name]));
        let cost = PasswordCost::stored(memory, passes, lanes).unwrap();
        let tag = cost.argon2id::<32>(text(case, "password").as_bytes(), text(case, "salt").as_bytes());
        assert_eq!(tag.unwrap().to_vec(), hex(&case["tag_hex"]), "{case}");
    }
    // With a secret and associated data, which our interface does not have: the library below it.
    for case in list(&file, "kat") {
        assert_eq!(text(case, "type"), "argon2id");
        let data = hex(&case["associated_data_hex"]);
        let params = ParamsBuilder::new()
            .m_cost(number(&case["memory_kib"]))
            .t_cost(number(&case["passes"]))
            .p_cost(number(&case["lanes"]))
            .data(AssociatedData::new(&data).unwrap())
            .build()
            .unwrap();
        let secret = hex(&case["secret_hex"]);
        let argon2 = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = vec![0; usize::try_from(number(&case["tag_length"])).unwrap()];
        argon2.hash_password_into(&hex(&case["password_hex"]), &hex(&case["salt_hex"]), &mut tag).unwrap();
        assert_eq!(tag, hex(&case["tag_hex"]));
    }
    folder.finish();
}
