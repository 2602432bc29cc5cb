DROP TABLE outbox;
DROP TABLE sessions;
DROP TABLE lobby_events;
DROP TABLE participants;
DROP TABLE lobbies;
