//! Plain SQLite, nothing encrypted: what a store on top of it has to work with.

use std::path::Path;

use rusqlite::{Connection, Statement, params};

use crate::work::{Record, Store};

const INSERT: &str = "INSERT INTO entries (name, tag, value) VALUES (?1, ?2, ?3)";

/// An open database.
pub struct Sqlite(Connection);

impl Sqlite {
    /// An empty one.
    pub fn new(directory: &Path) -> Self {
        let connection = Connection::open(directory.join("plain.db")).unwrap();
        let setup = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
            CREATE TABLE entries (id INTEGER PRIMARY KEY, name TEXT NOT NULL, tag TEXT NOT NULL, value BLOB NOT NULL);
            CREATE UNIQUE INDEX by_name ON entries (name);
            CREATE INDEX by_tag ON entries (tag);";
        connection.execute_batch(setup).unwrap();
        Self(connection)
    }

    fn prepared<T>(&self, sql: &str, work: impl FnOnce(&mut Statement<'_>) -> T) -> T {
        work(&mut self.0.prepare_cached(sql).unwrap())
    }
}

impl Store for Sqlite {
    fn insert_one_by_one(&mut self, records: &[Record]) {
        self.prepared(INSERT, |statement| insert(statement, records));
    }

    fn insert_bulk(&mut self, records: &[Record]) {
        let transaction = self.0.transaction().unwrap();
        insert(&mut transaction.prepare_cached(INSERT).unwrap(), records);
        transaction.commit().unwrap();
    }

    fn fetch(&mut self, name: &str) -> Vec<u8> {
        let sql = "SELECT value FROM entries WHERE name = ?1";
        self.prepared(sql, |statement| statement.query_row([name], |row| row.get(0)).unwrap())
    }

    fn scan(&mut self, see: &mut dyn FnMut(&[u8])) {
        self.prepared("SELECT name, tag, value FROM entries", |statement| {
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                see(row.get_ref(2).unwrap().as_blob().unwrap());
            }
        });
    }

    fn find(&mut self, tag: &str) -> Vec<Vec<u8>> {
        self.prepared("SELECT value FROM entries WHERE tag = ?1", |statement| {
            statement.query_map([tag], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        })
    }
}

fn insert(statement: &mut Statement<'_>, records: &[Record]) {
    for Record { name, tag, value } in records {
        statement.execute(params![name, tag, value]).unwrap();
    }
}
