-- Expands: what a restore in place of the site needs to be announced, and to be known afterwards.
-- compatible-from: 1
--
-- Both tables stay when everything else is replaced by a backup, and an older backup runs this file again: hence IF NOT
-- EXISTS. Neither is in a backup.

-- The site is being restored: a lease that whoever restores renews. When it has run out, the site is open again.
CREATE TABLE IF NOT EXISTS maintenance (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  restore_id  text NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL
);

-- What was restored, written in the transaction that did it.
CREATE TABLE IF NOT EXISTS restore_log (
  id           text PRIMARY KEY,
  report       jsonb NOT NULL,
  restored_at  timestamptz NOT NULL DEFAULT now()
);
