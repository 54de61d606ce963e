// The page of an invitation: its person chooses a password.
import * as api from "/console/api.js";

const token = new URLSearchParams(location.hash.slice(1)).get("token");
// The token leaves the address bar and the history at once; it stays in this page alone.
history.replaceState(null, "", location.pathname);

const form = document.getElementById("invitation");
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
    const accepted = await api.acceptInvitation({ token, password: field("password") });
    document.getElementById("email").textContent = accepted.email;
    document.getElementById("organisation").textContent = accepted.organisation;
    form.hidden = true;
    document.getElementById("done").hidden = false;
  } catch (error) {
    problem.textContent = error.message;
    button.disabled = false;
  }
});
