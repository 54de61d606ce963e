// The page of an invitation: its person chooses a password.
import * as api from "/console/api.js";
import { openLink } from "/console/link.js";

const form = document.getElementById("invitation");
openLink(form, async (token, field) => {
  const accepted = await api.acceptInvitation({ token, password: field("password") });
  document.getElementById("email").textContent = accepted.email;
  document.getElementById("organisation").textContent = accepted.organisation;
  form.hidden = true;
  document.getElementById("done").hidden = false;
});
