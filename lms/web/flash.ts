// What an action tells the page shown after it. The cookie holds the name of a message of ours, never text.
import type { FastifyReply } from "fastify";
import type { Tone } from "./components/parts.ts";

export interface Message {
  readonly tone: Tone;
  readonly text: string;
}

const MESSAGES = {
  "signed-in": { tone: "good", text: "You are signed in." },
  "signed-out": { tone: "good", text: "You are signed out." },
  joined: { tone: "good", text: "Welcome! You have joined the course." },
  "course-full": { tone: "bad", text: "The course is full: nobody can join at the moment." },
  "not-open": {
    tone: "bad",
    text: "This course cannot be joined by yourself. Ask the people who run the site.",
  },
  done: { tone: "good", text: "Marked as done." },
  undone: { tone: "info", text: "The mark was taken back." },
  saved: { tone: "good", text: "Your answers are saved. You can come back and go on." },
  "handed-in": { tone: "good", text: "Your answers were handed in and graded." },
  "already-handed-in": { tone: "info", text: "This attempt had been handed in before; nothing was changed." },
  late: { tone: "warn", text: "The time was up: what had been saved by then was handed in." },
  "no-attempts": { tone: "bad", text: "You have used all attempts at this quiz." },
  "no-open-attempt": { tone: "info", text: "There is no open attempt at this quiz. Start one here." },
  "password-changed": { tone: "good", text: "Your password is changed. Other devices were signed out." },
} as const satisfies Record<string, Message>;

export type MessageName = keyof typeof MESSAGES;

const COOKIE = "provost_message";

/** Leaves a message for the next page. */
export function leaveMessage(reply: FastifyReply, name: MessageName): void {
  reply.header("set-cookie", `${COOKIE}=${name}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`);
}

/** The message left for this page, if any; it is shown once. */
export function takeMessage(cookies: string | undefined, reply: FastifyReply): Message | undefined {
  if (cookies === undefined || !cookies.includes(COOKIE)) return undefined;
  const name = new RegExp(`(?:^|;\\s*)${COOKIE}=([a-z-]+)`).exec(cookies)?.[1];
  reply.header("set-cookie", `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`);
  return name !== undefined && Object.hasOwn(MESSAGES, name) ? MESSAGES[name as MessageName] : undefined;
}
