DROP TABLE visits;

DROP TABLE rooms;
