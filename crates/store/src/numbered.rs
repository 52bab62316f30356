//! Numbered checks: number, source and sentence in one table, so that they cannot drift apart.

/// Defines an enum of checks from one table. `spec/checks.md` is written from it.
macro_rules! numbered {
    ($(#[$doc:meta])+ $name:ident { $($(#[$note:meta])* $check:ident = $id:literal, $clause:literal, $text:literal;)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!($id, ": ", $text, " (", $clause, ").")] $check,)+
        }

        impl $name {
            /// Every one, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$check),+];

            /// Its number. It stays the same for ever.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$check => $id),+ }
            }

            /// Where it is laid down.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$check => $clause),+ }
            }

            /// What must hold, in one sentence without a full stop.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$check => $text),+ }
            }
        }
    };
}

pub(crate) use numbered;
