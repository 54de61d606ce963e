// The page of the one-time set-up link: makes the organisation and its owner, then logs in.
import * as api from "/console/api.js";

const token = new URLSearchParams(location.hash.slice(1)).get("token");
// The token leaves the address bar and the history at once; it stays in this page alone.
history.replaceState(null, "", location.pathname);

const form = document.getElementById("setup");
const problem = form.querySelector(".problem");
document.getElementById("missing").hidden = Boolean(token);
form.hidden = !token;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = (name) => form.elements[name].value;
  problem.textContent = "";
  if (field("password") !== field("again")) {
    problem.textContent = "The two passwords differ.";
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await api.setUp({
      token, organisation: field("organisation"), tenant: field("tenant"),
      email: field("email"), password: field("password"),
    });
    await api.logIn(field("email").trim(), field("password"), field("tenant"));
    location.replace("/");
  } catch (error) {
    problem.textContent = error.message;
    button.disabled = false;
  }
});
