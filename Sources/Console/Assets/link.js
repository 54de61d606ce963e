// What the pages of one-time links share: the token of the fragment, and a form with a new password.

// Shows the form, or that the link is not whole. `act` gets the token and a reader of fields.
export function openLink(form, act) {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  // The token leaves the address bar and the history at once; it stays in this page alone.
  history.replaceState(null, "", location.pathname);
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
      await act(token, field);
    } catch (error) {
      problem.textContent = error.message;
      button.disabled = false;
    }
  });
}
