//! Which puts belong to a key. Made when it is first asked, since opening a bag asks nothing and most of the time of an entry in a table is waiting for memory.

use std::hash::Hash;
use std::sync::OnceLock;

use crate::id::Table;

/// Puts by a key, in the order of their arrival.
pub(super) struct Index<K>(OnceLock<Table<K, Of>>);

/// Nearly always one.
enum Of {
    One(u32),
    Many(Vec<u32>),
}

impl<K: Eq + Hash> Index<K> {
    /// Takes in a put, if the index was made.
    pub(super) fn add(&mut self, key: K, at: u32) {
        if let Some(table) = self.0.get_mut() {
            add(table, key, at);
        }
    }

    /// The puts of a key. `all` gives the keys of all puts.
    pub(super) fn of<A: Iterator<Item = K>>(&self, key: &K, all: impl FnOnce() -> A) -> &[u32] {
        let make = || {
            let mut table = Table::default();
            (0..).zip(all()).for_each(|(at, key)| add(&mut table, key, at));
            table
        };
        self.0.get_or_init(make).get(key).map_or(&[], Of::as_slice)
    }
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

fn add<K: Eq + Hash>(table: &mut Table<K, Of>, key: K, at: u32) {
    table.entry(key).and_modify(|of| of.push(at)).or_insert(Of::One(at));
}

impl Of {
    fn push(&mut self, at: u32) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, at]),
            Self::Many(all) => all.push(at),
        }
    }

    fn as_slice(&self) -> &[u32] {
        match self {
            Self::One(at) => std::slice::from_ref(at),
            Self::Many(all) => all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_made_early_or_late_says_the_same() {
        let keys = [1, 2, 1, 3, 1];
        for made_after in 0..=keys.len() {
            let mut index = Index::default();
            for (at, key) in (0_u32..).zip(keys) {
                if at as usize == made_after {
                    index.of(&1, || keys[..made_after].iter().copied());
                }
                index.add(key, at);
            }
            let of = |key| index.of(&key, || keys.iter().copied());
            assert_eq!((of(1), of(2), of(4)), ([0, 2, 4].as_slice(), [1].as_slice(), [].as_slice()));
        }
    }
}
