-- Strings that recur: namespaces, operations, terms, owners, timelines.
CREATE TABLE names (
  n    INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

-- One row an effect. Times are nanoseconds since 1970; a tick is nanoseconds on
-- its timeline. Columns that are mostly empty come last.
CREATE TABLE effects (
  n             INTEGER PRIMARY KEY,
  id            BLOB    NOT NULL, -- the first 16 bytes: half the index
  id_tail       BLOB    NOT NULL, -- the other 16
  base          BLOB    NOT NULL, -- 32 bytes
  fingerprint   BLOB    NOT NULL, -- 32 bytes
  namespace     INTEGER NOT NULL, -- names.n
  operation     INTEGER NOT NULL, -- names.n
  terms         INTEGER NOT NULL, -- names.n
  scope         INTEGER NOT NULL,
  state         INTEGER NOT NULL, -- 1 claimed 2 sending 3 unknown 4 disputed 5 applied 6 not-applied
  revision      INTEGER NOT NULL,
  fence         INTEGER NOT NULL,
  generation    INTEGER NOT NULL,
  occurrence    INTEGER NOT NULL,
  identity_kind INTEGER NOT NULL,
  due_line      INTEGER NOT NULL, -- names.n of the timeline; 0: nothing is due
  due           INTEGER NOT NULL, -- tick
  due_wall      INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  updated       INTEGER NOT NULL,
  applied       INTEGER,
  task_key      INTEGER NOT NULL, -- see effects_task
  task          TEXT,             -- NULL in a tombstone
  attempts      TEXT,             -- JSON
  summary       TEXT,
  repeat        TEXT,
  identity      BLOB,             -- 32 bytes; NULL: the fingerprint
  hold          TEXT,
  look          TEXT,             -- JSON
  evidence      TEXT,             -- JSON
  aliases       TEXT,             -- JSON
  result_info   TEXT,             -- JSON
  result        BLOB,
  request       BLOB
);

CREATE UNIQUE INDEX effects_id ON effects (id);

-- A digest of namespace and task, behind the number of the block of 4096 rows
-- that the row is in: (n >> 12) << 40 | 40 bits. New entries so go to one small
-- part of the index, and a commit of many rows writes few of its pages; over all
-- of it each would cost a random page, which halves the speed of a large ledger.
-- A search asks once for each block.
CREATE INDEX effects_task ON effects (task_key);

-- What is still open, by what is due. It stays small however long the ledger is.
CREATE INDEX effects_open ON effects (state, due_line, due) WHERE state <= 4;

-- Repeats and occurrences, to be found from their siblings.
CREATE INDEX effects_variants ON effects (base) WHERE repeat IS NOT NULL OR scope IN (1, 2);

-- Keys of callers, as digests of namespace, operation and key.
CREATE TABLE aliases (
  digest BLOB PRIMARY KEY, -- 16 bytes
  effect INTEGER NOT NULL  -- effects.n
) WITHOUT ROWID;

-- Every change, in order. The triggers see to it that none is forgotten.
CREATE TABLE history (
  seq      INTEGER PRIMARY KEY,
  effect   INTEGER NOT NULL, -- effects.n
  revision INTEGER NOT NULL,
  state    INTEGER NOT NULL,
  fence    INTEGER NOT NULL,
  at       INTEGER NOT NULL
);

CREATE TRIGGER effects_inserted AFTER INSERT ON effects BEGIN
  INSERT INTO history (effect, revision, state, fence, at) VALUES (new.n, new.revision, new.state, new.fence, new.updated);
END;

CREATE TRIGGER effects_changed AFTER UPDATE OF revision ON effects WHEN new.revision <> old.revision BEGIN
  INSERT INTO history (effect, revision, state, fence, at) VALUES (new.n, new.revision, new.state, new.fence, new.updated);
END;

CREATE TABLE meta (
  name  TEXT PRIMARY KEY, -- epoch; suspect
  value TEXT NOT NULL
) WITHOUT ROWID;
