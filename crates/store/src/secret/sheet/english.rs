//! The pages in English.
//!
//! For translators: the reader is a parent, or a grandparent who was handed a card, and knows none of our words. *Bag* is the
//! product's word for a child's records; *copy* is a copy of it on a memory stick or another device. Sentences are
//! short and say "you". Everything has to fit one sheet of A4 with the words or groups at the top.

use super::{PageTexts, Texts};

pub(super) const TEXTS: Texts = Texts {
    language: "en-GB",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    made_on: "Made on",
    label: "For",
    share: "Share number",
    needed: "Shares needed",
    set: "Set",
    sheet: PageTexts {
        title: "Recovery sheet",
        lead: "These 24 words open a bag again when the phone is lost and the passphrase forgotten. Keep this sheet as you keep a passport.",
        secret: "The 24 words",
        scan: "The same words, to scan with Bookbag.",
        qr: "QR code with the same 24 words that are listed on this page.",
        sections: &[
            (
                "What to do with it",
                &[
                    "Put it where you keep birth certificates. Better still, keep it in another house than the phone.",
                    "Do not photograph it, send it or save it. Close this page once it is printed.",
                    "If someone may have seen it, make a new sheet in Bookbag. From then on this one opens nothing new.",
                ],
            ),
            (
                "How to use it",
                &[
                    "Install Bookbag on any phone or computer and choose “Recover a bag”.",
                    "Choose a copy of the bag: a file on a memory stick, on another device, or where you keep copies.",
                    "Scan the code or type the words. The first four letters of each are enough.",
                ],
            ),
            (
                "What it opens",
                &[
                    "Everything in the bag that the person who made this sheet could read, if you also have a copy of the bag.",
                ],
            ),
            (
                "What it cannot do",
                &[
                    "It does not contain the bag. Without a copy of the bag, these words bring nothing back.",
                    "Nobody can replace it: not us, not the school, not the council.",
                ],
            ),
        ],
        found: "Found this sheet? It belongs to a family, and without their bag it opens nothing. Please give it back, or destroy it.",
    },
    card: PageTexts {
        title: "A share to keep safe",
        lead: "Someone trusts you to help if they lose the way into their bag, where they keep a family’s records. This is your share of the key.",
        secret: "Your share",
        scan: "The same share, to scan with Bookbag.",
        qr: "QR code with the same share that is written on this page.",
        sections: &[
            (
                "What it is",
                &[
                    "One part of a key. {needed} shares are needed to put the key together, each from another person.",
                    "By itself it opens nothing and tells nothing, so you cannot do any harm by having it.",
                ],
            ),
            (
                "What to do with it",
                &[
                    "Keep it with your own important papers. Do not photograph it, send it or save it.",
                    "Give it only to the person who gave it to you: face to face, or when you have heard their voice.",
                    "Never give it because a message, an email or a stranger asks for it, whatever the reason.",
                    "Do not keep it together with another share of the same set.",
                ],
            ),
            (
                "How it is used",
                &[
                    "The person opens Bookbag, chooses “Recover a bag”, then scans the code or types the 18 groups.",
                    "Capitals and small letters are the same. There is no letter O, I, L or U in it.",
                ],
            ),
            (
                "What it cannot do",
                &[
                    "It does not contain anybody’s records, and does not open them without a copy of the bag.",
                    "If you lose it or would rather not keep it, tell the person, who can make new shares.",
                ],
            ),
        ],
        found: "Found this page? It is one part of a key, and by itself it opens nothing. Please give it back, or destroy it.",
    },
};
