-- Contents that lost their last name with what was removed, until they are gone from the disk. No foreign key: the job
-- is gone. Each removal has an id of its own, so that a note taken back is never that of a later removal.
CREATE TABLE removed_contents (
    removal_id BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (removal_id, sha256)
);
