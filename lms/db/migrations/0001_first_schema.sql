-- The first schema of the runtime. Rules for all that follow: expand first, contract a release later
-- (docs/adr/0004), so that version N-1 of the runtime keeps working on schema N; say so in the file with a line
-- `-- compatible-from: N-1`. Until the first release this file itself may be edited.

-- One row per document of the admin API: what was last applied, and by whom.
CREATE TABLE document (
  kind        text NOT NULL CHECK (kind IN ('site', 'directory', 'course', 'binding')),
  key         text NOT NULL,                       -- '' for site and directory
  manager     text,
  applied     text NOT NULL,                       -- digest of the document last applied
  expected    text NOT NULL,                       -- digest of the managed rows right after
  applied_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, key)
);

-- The site document and its rendered Markdown; a single row, cached by every replica.
CREATE TABLE site (
  one               boolean PRIMARY KEY DEFAULT true CHECK (one),
  document          jsonb NOT NULL,
  description_html  text NOT NULL DEFAULT '',
  footer_html       text NOT NULL DEFAULT '',
  updated_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE category (
  key       text PRIMARY KEY,
  title     text NOT NULL,
  summary   text,
  position  integer NOT NULL
);

-- People. `managed` accounts are declared by the directory document, the others belong to the site alone.
CREATE TABLE account (
  id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                  text NOT NULL UNIQUE,
  email                 text NOT NULL,
  display_name          text NOT NULL,
  suspended             boolean NOT NULL DEFAULT false,
  password_hash         text,                      -- argon2id, PHC string
  password_fingerprint  text,                      -- of the declared password last applied
  managed               boolean NOT NULL DEFAULT false,
  created_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now(),
  archived_at           timestamptz                -- no longer declared; kept because work hangs on it
);
-- The address of an archived account may be given to another.
CREATE UNIQUE INDEX account_email ON account (lower(email)) WHERE archived_at IS NULL;

CREATE TABLE user_group (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name     text NOT NULL UNIQUE,
  title    text NOT NULL,
  managed  boolean NOT NULL DEFAULT false
);

CREATE TABLE group_member (
  group_id    bigint NOT NULL REFERENCES user_group ON DELETE CASCADE,
  account_id  bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_member_account ON group_member (account_id);

CREATE TABLE role (
  name         text PRIMARY KEY,
  title        text NOT NULL,
  permissions  text[] NOT NULL,
  built_in     boolean NOT NULL DEFAULT false
);

INSERT INTO role (name, title, permissions, built_in) VALUES
  ('administrator', 'Administrator', '{site.administer,course.view,course.learn,grades.view}', true),
  ('instructor', 'Instructor', '{course.view,grades.view}', true),
  ('learner', 'Learner', '{course.view,course.learn}', true),
  ('auditor', 'Auditor', '{course.view}', true);

CREATE TABLE binding (
  name        text PRIMARY KEY,
  manager     text NOT NULL,
  role        text NOT NULL REFERENCES role,
  scope       text NOT NULL CHECK (scope IN ('site', 'category', 'course')),
  scope_key   text,                                -- category or course key
  not_before  timestamptz,
  expires_at  timestamptz,
  CHECK ((scope = 'site') = (scope_key IS NULL))
);

CREATE TABLE binding_subject (
  binding     text NOT NULL REFERENCES binding ON DELETE CASCADE,
  account_id  bigint REFERENCES account ON DELETE CASCADE,
  group_id    bigint REFERENCES user_group ON DELETE CASCADE,
  CHECK ((account_id IS NULL) <> (group_id IS NULL)),
  UNIQUE NULLS NOT DISTINCT (binding, account_id, group_id)
);
CREATE INDEX binding_subject_account ON binding_subject (account_id);
CREATE INDEX binding_subject_group ON binding_subject (group_id);

-- Sign-in. The cookie holds a random token, the row its SHA-256 (OWASP session management).
CREATE TABLE session (
  token_hash    bytea PRIMARY KEY,
  account_id    bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  csrf_token    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_seen_at  timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

-- Failed sign-ins by account name and by client address, to slow guessing down.
CREATE TABLE sign_in_failure (
  subject       text PRIMARY KEY,                  -- 'name:<name>' or 'address:<ip>'
  failures      integer NOT NULL,
  last_at       timestamptz NOT NULL DEFAULT now(),
  locked_until  timestamptz
);

-- Courses. Keys never change; rows that learners have work on are archived, never deleted.
CREATE TABLE course (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key               text NOT NULL UNIQUE,
  manager           text,
  title             text NOT NULL,
  summary           text,
  description       text,
  description_html  text NOT NULL DEFAULT '',
  category          text REFERENCES category,
  language          text,
  cover_path        text,
  visibility        text NOT NULL CHECK (visibility IN ('Listed', 'Unlisted', 'Draft')),
  opens_at          timestamptz,
  closes_at         timestamptz,
  enrolment_mode    text NOT NULL CHECK (enrolment_mode IN ('Open', 'Closed')),
  capacity          integer,
  graded_attempt    text NOT NULL CHECK (graded_attempt IN ('Highest', 'Latest', 'First')),
  pass_percent      integer NOT NULL,
  completion        text NOT NULL CHECK (completion IN ('AllItems', 'PassingGrade', 'Both')),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  archived_at       timestamptz
);

CREATE TABLE blob (
  sha256      bytea PRIMARY KEY,
  bytes       bytea NOT NULL,
  size_bytes  integer NOT NULL
);

CREATE TABLE course_file (
  course_id   bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  path        text NOT NULL,
  media_type  text NOT NULL,
  sha256      bytea NOT NULL REFERENCES blob,
  PRIMARY KEY (course_id, path)
);

CREATE TABLE module (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  course_id     bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  key           text NOT NULL,
  title         text NOT NULL,
  summary       text,
  summary_html  text NOT NULL DEFAULT '',
  position      integer NOT NULL,
  archived_at   timestamptz,
  UNIQUE (course_id, key)
);

CREATE TABLE item (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  course_id    bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  module_id    bigint NOT NULL REFERENCES module,
  key          text NOT NULL,
  title        text NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('lesson', 'quiz', 'link', 'file')),
  optional     boolean NOT NULL DEFAULT false,
  position     integer NOT NULL,                   -- within the course
  minutes      integer,                            -- reading time of a lesson
  source       text,                               -- Markdown of a lesson, of a quiz's instructions, of a description
  html         text NOT NULL DEFAULT '',           -- rendered and sanitised when applied, never when read
  link_url     text,
  file_path    text,
  quiz_id      bigint,                             -- current quiz_revision of a quiz
  archived_at  timestamptz,
  UNIQUE (course_id, key)
);
CREATE INDEX item_module ON item (module_id);

-- What a quiz was when an attempt was made. Never changed: an edit makes a new revision.
CREATE TABLE quiz_revision (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item_id     bigint NOT NULL REFERENCES item ON DELETE CASCADE,
  digest      text NOT NULL,
  document    jsonb NOT NULL,                      -- the quiz as declared (api: Quiz)
  rendered    jsonb NOT NULL,                      -- HTML of prompts, choices, explanations by question key
  created_at  timestamptz NOT NULL DEFAULT now(),
  -- Read by pages that need no question: unpacking a long document for one number costs more than the page.
  weight              integer GENERATED ALWAYS AS ((document ->> 'weight')::integer) STORED,
  pass_percent        integer GENERATED ALWAYS AS ((document ->> 'passPercent')::integer) STORED,
  attempts_allowed    integer GENERATED ALWAYS AS ((document ->> 'attempts')::integer) STORED,
  time_limit_minutes  integer GENERATED ALWAYS AS ((document ->> 'timeLimitMinutes')::integer) STORED,
  review              text GENERATED ALWAYS AS (document ->> 'review') STORED,
  question_count      integer GENERATED ALWAYS AS (jsonb_array_length(document -> 'questions')) STORED,
  UNIQUE (item_id, digest)
);
ALTER TABLE item ADD FOREIGN KEY (quiz_id) REFERENCES quiz_revision DEFERRABLE INITIALLY DEFERRED;

-- Learner work. Nothing here is ever removed by an apply: items, courses and accounts with work are archived.
CREATE TABLE enrolment (
  course_id    bigint NOT NULL REFERENCES course,
  account_id   bigint NOT NULL REFERENCES account,
  enrolled_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (course_id, account_id)
);
CREATE INDEX enrolment_account ON enrolment (account_id);

CREATE TABLE item_progress (
  item_id     bigint NOT NULL REFERENCES item,
  account_id  bigint NOT NULL REFERENCES account,
  done_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (item_id, account_id)
);
CREATE INDEX item_progress_account ON item_progress (account_id);

CREATE TABLE attempt (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item_id       bigint NOT NULL REFERENCES item,
  account_id    bigint NOT NULL REFERENCES account,
  revision_id   bigint NOT NULL REFERENCES quiz_revision,
  number        integer NOT NULL,
  seed          integer NOT NULL,                  -- order of questions and choices, when shuffled
  started_at    timestamptz NOT NULL DEFAULT now(),
  deadline_at   timestamptz,
  answers       jsonb NOT NULL DEFAULT '{}',       -- by question key, saved as given
  submitted_at  timestamptz,
  points        numeric(10, 3),
  max_points    numeric(10, 3),
  percent       numeric(6, 2),
  passed        boolean,
  results       jsonb,                             -- points by question key
  UNIQUE (item_id, account_id, number),
  CHECK ((submitted_at IS NULL) = (percent IS NULL))
);
CREATE INDEX attempt_account ON attempt (account_id);
CREATE UNIQUE INDEX attempt_open ON attempt (item_id, account_id) WHERE submitted_at IS NULL;

-- Every grant that holds now, groups unfolded: the one place that says who may do what where.
CREATE VIEW effective_grant AS
  SELECT s.account_id, b.role, r.permissions, b.scope, b.scope_key
  FROM binding b JOIN role r ON r.name = b.role JOIN binding_subject s ON s.binding = b.name
  WHERE s.account_id IS NOT NULL
    AND (b.not_before IS NULL OR b.not_before <= now()) AND (b.expires_at IS NULL OR b.expires_at > now())
  UNION ALL
  SELECT m.account_id, b.role, r.permissions, b.scope, b.scope_key
  FROM binding b JOIN role r ON r.name = b.role JOIN binding_subject s ON s.binding = b.name
    JOIN group_member m ON m.group_id = s.group_id
  WHERE (b.not_before IS NULL OR b.not_before <= now()) AND (b.expires_at IS NULL OR b.expires_at > now());

-- Which courses an account has which permissions on, by whatever scope.
CREATE VIEW course_grant AS
  SELECT g.account_id, c.id AS course_id, g.role, g.permissions
  FROM effective_grant g JOIN course c
    ON g.scope = 'site' OR (g.scope = 'category' AND c.category = g.scope_key) OR (g.scope = 'course' AND c.key = g.scope_key);
