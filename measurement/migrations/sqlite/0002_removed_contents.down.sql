DROP TABLE removed_contents;
