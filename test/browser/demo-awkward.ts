// A course that does to a layout what real content does sooner or later: long words, wide tables and code, deep lists.
import type { CourseDocument } from "../../api/index.ts";

export const AWKWARD = "everything-too-long";

const WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

const WIDE = `A path without a place to break: \`/var/lib/postgresql/data/pgdata/base/pgsql_tmp/pgsql_tmp12345.0/a/very/long/path/that/never/ends.sql\`
and an address: https://example.org/a/very/long/address/${"segment/".repeat(20)}?with=${"a".repeat(80)}

| ${Array.from({ length: 14 }, (_, i) => `Column number ${i + 1}`).join(" | ")} |
|${"---|".repeat(14)}
${Array.from({ length: 6 }, (_, row) => `| ${Array.from({ length: 14 }, (_, i) => `cell-${row}-${i}`).join(" | ")} |`).join("\n")}

\`\`\`typescript
export const aFunctionWithAVeryLongNameIndeed = async (firstArgument: string, secondArgument: ReadonlyMap<string, readonly number[]>): Promise<void> => {};
\`\`\`

## ${WORD}

> ${WORD} ${WORD}

1. One
   1. two
      1. three
         1. four
            1. ${WORD}

###### A heading that skips levels

<dl><dt>${WORD}</dt><dd>${WORD}</dd></dl>
`;

export const awkward: CourseDocument = {
  manager: "test",
  title: `${WORD} and other very long titles that people really do write when nobody tells them how many characters fit into a card`,
  summary: `A summary that goes on and on. ${"It says everything twice, to be sure that it was heard. ".repeat(5)}${WORD}`,
  description: WIDE,
  visibility: "Listed",
  enrolment: { mode: "Open" },
  grading: { attempt: "Highest", passPercent: 60 },
  completion: { requires: "AllItems" },
  files: [],
  modules: [
    {
      key: "long",
      title: `Module: ${WORD}`,
      summary: WIDE.slice(0, 300),
      items: [
        {
          key: "wide",
          title: `Lesson: ${WORD} and what follows from it`,
          optional: false,
          lesson: { minutes: 600, markdown: WIDE },
        },
        {
          key: "link",
          title: "A link",
          optional: true,
          link: {
            url: `https://a-very-long-subdomain-of-a-very-long-domain.example.org/${"path/".repeat(60)}`,
          },
        },
        {
          key: "quiz",
          title: `Quiz: ${WORD}`,
          optional: false,
          quiz: {
            attempts: 0,
            passPercent: 60,
            shuffle: false,
            review: "AfterAttempt",
            weight: 1,
            questions: [
              {
                key: "long",
                prompt: WIDE,
                points: 1,
                singleChoice: {
                  choices: [
                    { key: "a", text: `${WORD} \`${WORD}${WORD}\``, correct: true, feedback: WORD },
                    { key: "b", text: "Short", correct: false },
                  ],
                },
              },
            ],
          },
        },
      ],
    },
  ],
};
