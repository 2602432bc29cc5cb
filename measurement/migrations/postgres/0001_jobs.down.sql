DROP TABLE retired_contents;
DROP TABLE reports;
DROP TABLE session_recordings;
DROP TABLE excitations;
DROP TABLE uploads;
DROP TABLE jobs;
