//! The words that labels may have, each list closed.

use ledger::DbError;

/// An enum of words: all of them, the text of each, and its place among them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$word_doc])* $word,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// As it stands in a label.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// Its place in [`Self::ALL`].
            pub(super) const fn place(self) -> usize {
                self as usize
            }
        }
    };
}

words! {
    /// What storage does with its database.
    Operation {
        /// A row by its id or another unique value.
        EntityGet = "entity_get",
        /// A page of rows, or their number.
        EntityList = "entity_list",
        /// A new row.
        EntityCreate = "entity_create",
        /// Some fields of a row.
        EntityPatch = "entity_patch",
        /// A row goes.
        EntityDelete = "entity_delete",
        /// Many new rows, all or none.
        EntityBatch = "entity_batch",
        /// Facts of other services.
        RecordsApply = "records_apply",
        /// A batch of documents.
        DocumentsStore = "documents_store",
        /// A document by its id.
        DocumentsGet = "documents_get",
        /// A page of documents, or that of an address.
        DocumentsList = "documents_list",
        /// A document goes.
        DocumentsDelete = "documents_delete",
        /// What is old goes.
        Upkeep = "upkeep",
        /// Items come into a queue.
        QueuePush = "queue_push",
        /// Items are taken from a queue.
        QueuePop = "queue_pop",
        /// Items are looked at.
        QueuePeek = "queue_peek",
        /// Items that were taken are done.
        QueueAck = "queue_ack",
        /// Items that were taken are given back.
        QueueNack = "queue_nack",
        /// Items that were taken need longer.
        QueueExtend = "queue_extend",
    }
}

words! {
    /// What a client does with a queue.
    QueueOperation {
        /// Puts items in.
        Push = "push",
        /// Takes items.
        Pop = "pop",
        /// Looks at items.
        Peek = "peek",
        /// Is done with items.
        Ack = "ack",
        /// Gives items back.
        Nack = "nack",
        /// Needs longer.
        Extend = "extend",
    }
}

impl From<QueueOperation> for Operation {
    fn from(operation: QueueOperation) -> Self {
        match operation {
            QueueOperation::Push => Self::QueuePush,
            QueueOperation::Pop => Self::QueuePop,
            QueueOperation::Peek => Self::QueuePeek,
            QueueOperation::Ack => Self::QueueAck,
            QueueOperation::Nack => Self::QueueNack,
            QueueOperation::Extend => Self::QueueExtend,
        }
    }
}

words! {
    /// What became of it.
    QueueResult {
        /// It was done.
        Ok = "ok",
        /// Nothing was there.
        Empty = "empty",
        /// It was done for some items, not for others.
        Partial = "partial",
        /// The request is refused.
        Refused = "refused",
        /// The database failed.
        Failed = "failed",
    }
}

words! {
    /// Why a query had no result.
    ErrorKind {
        /// There is no such row.
        NotFound = "not_found",
        /// Another row has these values.
        Unique = "unique",
        /// A row that is pointed to is not there.
        ForeignKey = "foreign_key",
        /// The schema does not allow a value.
        Check = "check",
        /// There is no room for it now.
        Busy = "busy",
        /// The database is not there.
        Away = "away",
        /// Everything else.
        Other = "other",
    }
}

impl From<&DbError> for ErrorKind {
    fn from(error: &DbError) -> Self {
        match error {
            DbError::NotFound => Self::NotFound,
            DbError::Unique { .. } => Self::Unique,
            DbError::ForeignKey { .. } => Self::ForeignKey,
            DbError::Check { .. } => Self::Check,
            DbError::Busy(_) => Self::Busy,
            DbError::Away(_) => Self::Away,
            DbError::Other(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_once_and_where_it_says() {
        let mut words: Vec<&str> = Operation::ALL.iter().map(|one| one.word()).collect();
        for (place, operation) in Operation::ALL.iter().enumerate() {
            assert_eq!(operation.place(), place);
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Operation::ALL.len());
        for operation in QueueOperation::ALL {
            let of_database = Operation::from(*operation).word();
            assert_eq!(of_database, format!("queue_{}", operation.word()));
        }
    }
}
