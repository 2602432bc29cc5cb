DROP TABLE queue_items;
