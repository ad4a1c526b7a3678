-- +goose Up
-- From version 3 of an audit row, detail is JSON of codes and values instead of text. The table stays as it is. This
-- migration keeps earlier versions of Cordboard, which would report such rows as tampered with, from opening the database.
SELECT 1;
