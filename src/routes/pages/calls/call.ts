import type { RequestHandler } from "express";
import { z } from "zod";
import { readPhoneNumber } from "../../../calls/matching/phone-number.ts";
import { whichMatter } from "../../../calls/matching/which-matter.ts";
import { mattersOfCaller } from "../../../calls/matters-of-caller.ts";
import type { Services } from "../../../container.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import {
  BACK_TO_CALLS,
  loadCall,
  loadOpenCall,
  MAX_CONTACTS,
  recordId,
  sendCall,
  toOption,
} from "./load-call.ts";
import { findVisibleContact } from "./visible-contact.ts";

/** `GET /calls/:call`: a call with everything that is known of it, and what can be decided about it. */
export function callPage(services: Services): RequestHandler {
  return async (request, response) => {
    await sendCall(services, response, await loadCall(services, request, response));
  };
}

const SearchForm = z.object({ search: textParameter(200).trim() });

/** `POST /calls/:call/contacts`: searches the contacts that the user sees. A form, so that no name gets into an address. */
export function searchContactsForCall(services: Services): RequestHandler {
  const { openUserDirectory, settings } = services;
  return async (request, response) => {
    const { search: text } = parseForm(SearchForm, request, BACK_TO_CALLS);
    const call = await loadOpenCall(services, request, response);
    const directory = openUserDirectory(currentUser(response).connection, contextOf(response));
    const number = readPhoneNumber(text, settings.defaultCountry);
    const found =
      text === ""
        ? []
        : number.kind === "whole" || number.kind === "last_4"
          ? await directory.contactsByNumber(number)
          : await directory.contactsByName(text);
    const contacts = found.slice(0, MAX_CONTACTS).map(toOption);
    const search = { text, contacts, isCut: found.length > MAX_CONTACTS };
    await sendCall(services, response, call, { search });
  };
}

const ContactForm = z.object({ contact_id: recordId() });

/** `POST /calls/:call/matters`: shows the matters of a contact, to choose from. */
export function showMattersForCall(services: Services): RequestHandler {
  const { openUserDirectory, settings } = services;
  return async (request, response) => {
    const { contact_id: contactId } = parseForm(ContactForm, request, BACK_TO_CALLS);
    const call = await loadOpenCall(services, request, response);
    const contact = await findVisibleContact(services, response, contactId);
    const directory = openUserDirectory(currentUser(response).connection, contextOf(response));
    const matters = await mattersOfCaller(directory, contactId);
    const { ordered } = whichMatter(matters, settings.staffRoles, null);
    await sendCall(services, response, call, { chosen: { contact, matters: ordered } });
  };
}
