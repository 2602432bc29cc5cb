ALTER TABLE rooms ADD COLUMN colour text NOT NULL DEFAULT 'grey';
