import { expect, test } from "vitest";
import type { Live } from "../engine/index.ts";
import type { Course } from "../kinds.ts";
import { courseIndexers } from "./indexes.ts";
import { courseOutline } from "./outline.ts";

const course = {
  apiVersion: "provost.dev/v1alpha1",
  kind: "Course",
  metadata: { name: "basics", namespace: "schools", uid: "1", resourceVersion: "7" },
  spec: {
    tenantRef: { name: "hill" },
    key: "first-steps",
    title: "Basics",
    files: [
      { path: "a.png", configMapKeyRef: { name: "pictures", key: "a.png" } },
      { path: "b.txt", content: "b".repeat(10_000) },
    ],
    modules: [
      {
        key: "one",
        title: "One",
        items: [{ key: "x", title: "X", lesson: { markdown: "x".repeat(10_000) } }],
      },
      {
        key: "two",
        title: "Two",
        items: [
          { key: "y", title: "Y", lesson: { configMapKeyRef: { name: "texts", key: "y.md" } } },
          { key: "q", title: "Q", quiz: { questions: [] } },
        ],
      },
    ],
  },
  status: {
    observedGeneration: 1,
    url: "http://hill.example.org",
    digest: "sha256:d",
    conditions: [{ type: "Ready", status: "True", reason: "Ready", message: "Published." }],
  },
} as unknown as Live<Course>;

test("a Course is found under the same values by its outline as by its whole", () => {
  for (const [name, indexer] of Object.entries(courseIndexers))
    expect([name, indexer(courseOutline(course))]).toEqual([name, indexer(course)]);
  expect(courseIndexers["config-map"](courseOutline(course))).toEqual(["schools/pictures", "schools/texts"]);
});

test("the outline tells whether the course is published", () => {
  expect(courseOutline(course).status).toEqual({
    digest: "sha256:d",
    conditions: [{ type: "Ready", status: "True" }],
  });
});

test("the outline holds no content", () => {
  expect(JSON.stringify(courseOutline(course)).length).toBeLessThan(600);
});
