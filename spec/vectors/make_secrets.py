"""A second writer of spec/vectors/secrets.json, made from the text of crates/store/src/secret alone.

Shares no code with Bookbag: HMAC, SHA-256, HKDF and Shamir from the standard library up, Argon2id, ChaCha20 and the words
from other people's libraries. Needs: pip install argon2-cffi cryptography mnemonic. Prints the file; the file itself is frozen.
"""

import hashlib
import hmac
import json
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from mnemonic import Mnemonic

BAG = bytes(range(16))
SALT = bytes(range(0x40, 0x50))
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def hkdf(secret, info, length=32):
    key = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    assert length <= 32
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


def derive(secret, label, salt=b""):
    return hkdf(secret, label.encode() + b"\0" + BAG + salt).hex()


def one_form(typed):
    text = " ".join(unicodedata.normalize("NFKC", typed).split())
    return text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})


def passphrase(typed, memory, passes, lanes, salt):
    form = one_form(typed)
    stretched = hash_secret_raw(form.encode(), salt, passes, memory, lanes, 32, Type.ID, 19)
    return {
        "typed": typed,
        "one_form": form,
        "memory_kib": memory,
        "passes": passes,
        "lanes": lanes,
        "salt": salt.hex(),
        "slot_key": derive(stretched, "bookbag/1 slot passphrase"),
    }


def recovery(secret):
    return {
        "secret": secret.hex(),
        "words": Mnemonic("english").to_mnemonic(secret),
        "qr": "BOOKBAG1/SHEET:" + Mnemonic("english").to_mnemonic(secret).upper(),
        "device_seed": derive(secret, "bookbag/1 slot recovery device"),
    }


def times(one, other, bits, modulus):
    product = 0
    for bit in range(bits):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(2 * bits, bits - 1, -1):
        if product >> bit & 1:
            product ^= modulus << (bit - bits)
    return product


def share_text(payload):
    body = payload + hashlib.sha256(b"bookbag/1 share text\0" + payload).digest()[:3]
    bits = "".join(f"{byte:08b}" for byte in body)
    groups = []
    for group in range(18):
        values = [int(bits[group * 20 + at * 5 :][:5], 2) for at in range(4)]
        check = group
        for at, value in enumerate(values):
            check ^= times(2 ** (at + 1), value, 5, 0b100101)
        groups.append("".join(ALPHABET[value] for value in [*values, check]))
    return " ".join(groups)


def sharing(secret, needed, made, entropy):
    stream = Cipher(algorithms.ChaCha20(entropy, bytes(16)), None).encryptor()
    draw = lambda length: stream.update(bytes(length))
    chosen = draw(4)
    value = secret + hkdf(secret, b"bookbag/1 share digest", 4)
    blocks = [value] + [draw(36) for _ in range(needed - 1)]
    texts = []
    for number in range(1, made + 1):
        values = bytearray(36)
        power = 1
        for block in blocks:
            for at in range(36):
                values[at] ^= times(block[at], power, 8, 0x11B)
            power = times(power, number, 8, 0x11B)
        texts.append(share_text(b"\x01" + chosen + bytes([needed - 1 << 4 | number - 1]) + bytes(values)))
    return {
        "secret": secret.hex(),
        "needed": needed,
        "made": made,
        "entropy": entropy.hex(),
        "set": f"{chosen[:2].hex()}-{chosen[2:].hex()}",
        "shares": texts,
        "first_qr": "BOOKBAG1/SHARE:" + texts[0].replace(" ", ""),
    }


def passkey(output):
    asked = hashlib.sha256(b"bookbag/1 passkey input\0" + BAG + SALT)
    return {
        "output": output.hex(),
        "salt": SALT.hex(),
        "evaluation_input": asked.hexdigest(),
        "slot_key": derive(output, "bookbag/1 slot passkey", SALT),
    }


SECRETS = [bytes(32), bytes([255] * 32), hashlib.sha256(b"bookbag").digest()]
print(
    json.dumps(
        {
            "about": "Frozen: what these say must hold for ever. Made by make_secrets.py, which shares no code with the crates.",
            "bag": BAG.hex(),
            "passphrase": [
                passphrase("walnut kettle orbit lagoon", 8, 1, 1, bytes(range(16))),
                passphrase("  Mae\u2019r  cafe\u0301 \uff14\u00b2\u00a0wedi\tcau ", 64, 2, 2, bytes(range(16, 32))),
                passphrase("walnut kettle orbit lagoon", 64 * 1024, 3, 4, bytes(range(16))),
            ],
            "recovery": [recovery(secret) for secret in SECRETS],
            "sharing": [
                sharing(SECRETS[0], 2, 2, bytes(32)),
                sharing(SECRETS[2], 2, 3, bytes([7] * 32)),
                sharing(SECRETS[2], 3, 5, bytes(range(32))),
                sharing(SECRETS[1], 16, 16, bytes([9] * 32)),
            ],
            "passkey": [passkey(secret) for secret in SECRETS],
        },
        indent=1,
        ensure_ascii=True,
    )
)
