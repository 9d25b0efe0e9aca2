// Makes pages pleasanter; every page works without it. Saves quiz answers as one goes, shows the time left,
// closes menus, waits for a site that is away. No dependencies, no inline handlers.

// Menus close when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Beside a lesson the current item stands in sight of a long outline.
document.querySelector(".outline [aria-current]")?.scrollIntoView({ block: "nearest" });

// Wide tables and code are focusable so that the keyboard can scroll them; where nothing scrolls, nothing stops.
for (const box of document.querySelectorAll(".table, pre"))
  if (box.scrollWidth <= box.clientWidth) box.removeAttribute("tabindex");

const away = document.querySelector("[data-away]");
if (away) waitForSite(away);

// Asks now and then whether the page is there again, and shows it. Not all who wait ask at once.
function waitForSite(note) {
  note.textContent = "This page keeps looking and comes back by itself.";
  const look = async () => {
    const answer = await fetch(location.href, { method: "HEAD" }).catch(() => undefined);
    // A gateway without a replica to ask answers with 502 to 504 as well.
    if (answer && answer.status < 500) location.reload();
    else later();
  };
  const later = () => setTimeout(look, 4000 + Math.random() * 4000);
  later();
}

const form = document.querySelector("form[data-autosave]");
if (form) takeQuiz(form);

function takeQuiz(quiz) {
  const state = quiz.querySelector("[data-save-state]");
  const buttons = quiz.querySelectorAll("button[type=submit]");
  let timer;
  let running = Promise.resolve();
  let unsaved = false;
  let leaving = false;

  const say = (text, bad = false) => {
    state.textContent = text;
    state.classList.toggle("bad", bad);
  };

  // One request at a time, so that an older answer never overwrites a newer one.
  const save = () => {
    clearTimeout(timer);
    running = running.then(send);
    return running;
  };

  async function send() {
    if (!unsaved || leaving) return;
    unsaved = false;
    try {
      const answer = await fetch(quiz.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams(new FormData(quiz)),
        headers: { accept: "application/json" },
        keepalive: true,
      });
      if (answer.status === 401)
        return say("You were signed out. Open this site in another tab, sign in, and go on here.", true);
      if (!answer.ok) throw new Error(answer.statusText);
      const { handedIn } = await answer.json();
      if (handedIn) {
        leaving = true;
        location.href = handedIn;
      } else say(unsaved ? "Saving …" : "All answers saved.");
    } catch {
      unsaved = true;
      say("Not saved: no connection. Trying again …", true);
      timer = setTimeout(save, 5000);
    }
  }

  quiz.addEventListener("input", () => {
    unsaved = true;
    say("Saving …");
    clearTimeout(timer);
    timer = setTimeout(save, 600);
  });
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("beforeunload", (event) => {
    if (unsaved && !leaving) event.preventDefault();
  });

  quiz.addEventListener("submit", (event) => {
    const final = !event.submitter?.formAction.endsWith("/save");
    const open = [...quiz.querySelectorAll("fieldset")].filter((question) => !isAnswered(question)).length;
    const words = `${open} ${open === 1 ? "question has" : "questions have"} no answer yet. Hand in anyway?`;
    if (final && open > 0 && !leaving && !confirm(words)) return event.preventDefault();
    leaving = true;
    clearTimeout(timer);
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
  });
  quiz.addEventListener("click", (event) => {
    if (event.target.closest("[aria-disabled=true]")) event.preventDefault();
  });

  const clock = quiz.querySelector("[data-left-ms]");
  if (clock)
    countDown(clock, async () => {
      await save();
      leaving = true;
      quiz.submit();
    });
}

const isAnswered = (question) =>
  [...question.querySelectorAll("input")].some((input) =>
    input.type === "text" ? input.value.trim() !== "" : input.checked,
  );

function countDown(clock, over) {
  // submit() sends no submitter, so it hands in.
  const end = performance.now() + Number(clock.dataset.leftMs);
  const text = clock.querySelector("[data-clock]");
  let told = "";
  const tick = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    text.textContent = `${hours > 0 ? `${hours}:` : ""}${String(minutes).padStart(2, "0")}:${String(seconds).padStart(2, "0")} left`;
    clock.classList.toggle("soon", left <= 60);
    // Read out at five minutes and at one, not every second.
    const mark = left <= 60 ? "1" : left <= 300 ? "5" : "";
    if (mark !== told && mark !== "") clock.setAttribute("role", "alert");
    else clock.removeAttribute("role");
    told = mark;
    if (left > 0) setTimeout(tick, 1000);
    else void over();
  };
  tick();
}
