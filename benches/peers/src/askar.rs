//! Askar on SQLite: the value sealed under a key derived for it, category, name and tag sealed so that they can be searched.
//!
//! Used as is kindest to it: one session for all steps but those in a transaction, the whole loop of a step inside its own
//! runtime, a raw store key, so that no passphrase is derived.

use std::path::{Path, PathBuf};

use askar_storage::backend::{Backend, BackendSession};
use askar_storage::entry::{EntryKind, EntryOperation, EntryTag, TagFilter};
use askar_storage::future::block_on;
use askar_storage::sqlite::{SqliteBackend, SqliteStoreOptions};
use askar_storage::{StoreKeyMethod, generate_raw_store_key};

use crate::work::{Record, Store};

const CATEGORY: &str = "entry";
const TAG: &str = "subject";

type Session = <SqliteBackend as Backend>::Session;

/// An open store and a session outside any transaction.
pub struct Askar {
    backend: SqliteBackend,
    session: Session,
    file: PathBuf,
}

impl Askar {
    /// An empty one.
    pub fn new(directory: &Path) -> Self {
        let file = directory.join("askar.db");
        let options = SqliteStoreOptions::from_path(file.to_str().unwrap());
        let key = generate_raw_store_key(None).unwrap();
        let backend = block_on(options.provision(StoreKeyMethod::RawKey, key, None, false)).unwrap();
        let session = backend.session(None, false).unwrap();
        Self { backend, session, file }
    }

    /// Closes it and folds its log into the file, which it would not do by itself.
    pub fn close(self) {
        block_on(async {
            drop(self.session);
            self.backend.close().await.unwrap();
        });
        let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
        rusqlite::Connection::open(self.file).unwrap().query_row(fold, [], |_| Ok(())).unwrap();
    }
}

impl Store for Askar {
    fn insert_one_by_one(&mut self, records: &[Record]) {
        block_on(insert(&mut self.session, records));
    }

    fn insert_bulk(&mut self, records: &[Record]) {
        block_on(async {
            let mut transaction = self.backend.session(None, true).unwrap();
            insert(&mut transaction, records).await;
            BackendSession::close(&mut transaction, true).await.unwrap();
        });
    }

    fn fetch(&mut self, name: &str) -> Vec<u8> {
        let entry = block_on(self.session.fetch(EntryKind::Item, CATEGORY, name, false));
        entry.unwrap().unwrap().value.into_vec()
    }

    fn scan(&mut self, see: &mut dyn FnMut(&[u8])) {
        block_on(async {
            let category = Some(CATEGORY.to_owned());
            let kind = Some(EntryKind::Item);
            let scan = self.backend.scan(None, kind, category, None, None, None, None, false);
            let mut scan = scan.await.unwrap();
            while let Some(entries) = scan.fetch_next().await.unwrap() {
                entries.iter().for_each(|entry| see(&entry.value));
            }
        });
    }

    fn find(&mut self, tag: &str) -> Vec<Vec<u8>> {
        let filter = Some(TagFilter::is_eq(TAG, tag));
        let kind = Some(EntryKind::Item);
        let found = self.session.fetch_all(kind, Some(CATEGORY), filter, None, None, false, false);
        block_on(found).unwrap().into_iter().map(|entry| entry.value.into_vec()).collect()
    }
}

async fn insert(session: &mut Session, records: &[Record]) {
    for Record { name, tag, value } in records {
        let tags = [EntryTag::Encrypted(TAG.to_owned(), tag.clone())];
        let (kind, operation) = (EntryKind::Item, EntryOperation::Insert);
        session.update(kind, operation, CATEGORY, name, Some(value), Some(&tags), None).await.unwrap();
    }
}
