-- Expands: how long a lesson takes to read, estimated where its author does not say.
-- compatible-from: 1

-- Minutes for rendered HTML: its words at 200 a minute, one minute at least. Silent readers of English non-fiction keep
-- 238 (Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 109, 2019); who learns, or
-- reads in a second language, is slower. Chinese and Japanese put no spaces between words: two characters count as one
-- word, so 400 are a minute. Takes a millisecond for 13 kB.
CREATE FUNCTION reading_minutes(html text) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  plain  text := html;
  spaced text;
  block  text;
BEGIN
  -- What begins a block or a cell ends the word before it; <em> and its like stand inside words.
  FOREACH block IN ARRAY '{<p,<li,<td,<th,<dt,<dd,<div,<h,<br,<blockquote,<summary,<fig}'::text[] LOOP
    plain := replace(plain, block, ' ' || block);
  END LOOP;
  plain := regexp_replace(plain, '<[^>]*>', '', 'g');
  spaced := regexp_replace(plain, '[\u3040-\u30ff\u3400-\u9fff]', '', 'g');
  RETURN greatest(1, round((
    cardinality(array_remove(string_to_array(translate(spaced, E'\n\r\t', '   '), ' '), ''))
    + (length(plain) - length(spaced)) / 2.0
  ) / 200));
END
$$;

-- Beside `minutes`, which stays what was declared: digests are made of that. Computed when a lesson is written, by the
-- runtime before this one as well, and for every lesson there is by this statement.
ALTER TABLE item ADD COLUMN reading_minutes integer
  GENERATED ALWAYS AS (CASE WHEN kind = 'lesson' THEN coalesce(minutes, reading_minutes(html)) END) STORED;
