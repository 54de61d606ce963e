// The page of the one-time set-up link: makes the organisation and its owner, then logs in.
import * as api from "/console/api.js";
import { openLink } from "/console/link.js";

openLink(document.getElementById("setup"), async (token, field) => {
  await api.setUp({
    token, organisation: field("organisation"), tenant: field("tenant"),
    email: field("email"), password: field("password"),
  });
  await api.logIn(field("email").trim(), field("password"), field("tenant"));
  location.replace("/");
});
