//! A copy that becomes this computer's own bag: worked on beside its place, and put there when all is done.

use std::path::Path;

use bookbag_file::{Access, BagFile};

use super::export::see_that_it_is_free;
use super::place::Unfinished;
use crate::input;
use crate::output::Failure;

/// A copy that is being made into a bag.
pub(crate) struct Adopting {
    new: Unfinished,
    /// The copy, open for writing.
    pub(crate) file: BagFile,
}

impl Adopting {
    /// Copies a file to beside its new place.
    pub(crate) fn begin(copy: &Path, to: &Path) -> Result<Self, Failure> {
        see_that_it_is_free(to)?;
        drop(BagFile::open(copy, Access::Read)?);
        let mut new = Unfinished::beside(to)?;
        new.copy(&mut input::open(copy)?)?;
        let file = BagFile::open(new.now_at(), Access::Write)?;
        Ok(Self { new, file })
    }

    /// Puts it in its place.
    pub(crate) fn finish(self) -> Result<BagFile, Failure> {
        self.new.put_in_place()?;
        Ok(self.file)
    }
}
