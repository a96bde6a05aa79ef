import { CREATED_AT, UPDATED_AT } from "./clio-time.ts";

/** A time entry or an expense, with or without a matter. */
export interface FirmActivity {
  id: number;
  type: "TimeEntry" | "ExpenseEntry" | "HardCostEntry" | "SoftCostEntry";
  date: string;
  note: string;
  matter_id: number | null;
  user_id: number;
  quantity_in_hours: number | null;
  rounded_quantity_in_hours: number | null;
  /** Seconds of a time entry, units of an expense. */
  quantity: number;
  rounded_quantity: number;
  /** Per hour, or per unit. */
  price: number;
  total: number;
  billed: boolean;
  on_bill: boolean;
  flat_rate: boolean;
  non_billable: boolean;
  no_charge: boolean;
  created_at: string;
  updated_at: string;
}

/** Creates a time entry at $300 an hour. */
export function timeEntry(
  id: number,
  matterId: number | null,
  userId: number,
  note: string,
  hours: number,
): FirmActivity {
  const seconds = Math.round(hours * 3600);
  return {
    ...activityFields(id, matterId, userId, note),
    type: "TimeEntry",
    quantity_in_hours: hours,
    rounded_quantity_in_hours: hours,
    quantity: seconds,
    rounded_quantity: seconds,
    price: 300,
    total: hours * 300,
  };
}

/** Creates an expense. */
export function expense(
  id: number,
  matterId: number | null,
  userId: number,
  note: string,
  dollars: number,
): FirmActivity {
  return {
    ...activityFields(id, matterId, userId, note),
    type: "ExpenseEntry",
    quantity_in_hours: null,
    rounded_quantity_in_hours: null,
    quantity: 1,
    rounded_quantity: 1,
    price: dollars,
    total: dollars,
  };
}

function activityFields(id: number, matter_id: number | null, user_id: number, note: string) {
  return {
    id,
    date: "2026-03-20",
    note,
    matter_id,
    user_id,
    billed: false,
    on_bill: false,
    flat_rate: false,
    non_billable: false,
    no_charge: false,
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
  };
}
