/**
 * Where the page is, in the hash: it reaches no server, needs none offline, and holds record ids at most, never words a
 * person typed.
 */
export type Route =
  | { page: "home" }
  | { page: "people" }
  | { page: "join" }
  | { page: "forgot"; person: string }
  | { page: "new" }
  | { page: "fill"; draft: string; form?: string; record?: string; held?: boolean; annuls?: string; unit?: string; about?: About }
  | { page: "records"; only?: string; form?: string }
  | { page: "record"; record: string }
  | { page: "attention" }
  | { page: "deadlines" }
  | { page: "settings" }
  | { page: "desk"; view: string; id?: string; query: Record<string, string> }
  | { page: "admin"; view: string; query: Record<string, string> };

/** A record that a new one points at, by the field that does. */
export interface About {
  field: string;
  record: string;
}

/** Reads a hash such as `#/record/…`; what is unknown is the home page. */
export function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [page = "", id] = path.split("/").map(decode);
  const query = new URLSearchParams(search);
  const given = (name: string): string | undefined => query.get(name) ?? undefined;
  switch (page) {
    case "people":
    case "join":
    case "new":
    case "attention":
    case "deadlines":
    case "settings":
      return { page };
    case "forgot":
      return id ? { page, person: id } : { page: "people" };
    case "fill":
      if (!id) return { page: "new" };
      return {
        page,
        draft: id,
        ...pick({ form: given("form"), record: given("record"), annuls: given("annuls"), unit: given("unit") }),
        ...(query.has("held") ? { held: true } : {}),
        ...about(given("field"), given("about")),
      };
    case "records":
      return { page, ...pick({ only: given("only"), form: given("form") }) };
    case "record":
      return id ? { page, record: id } : { page: "records" };
    case "desk": {
      const detail = path.split("/").map(decode)[2];
      return { page, view: id ?? "overview", ...pick({ id: detail }), query: Object.fromEntries(query) };
    }
    case "admin":
      return { page, view: id ?? "", query: Object.fromEntries(query) };
    default:
      return { page: "home" };
  }
}

/** The hash of a route: `parse(href(route))` is the route again. */
export function href(route: Route): string {
  switch (route.page) {
    case "home":
      return "#/";
    case "forgot":
      return `#/forgot/${encode(route.person)}`;
    case "fill": {
      const { draft, form, record, annuls, held, unit, about } = route;
      const asked = { form, record, annuls, held: held ? "1" : undefined, unit, field: about?.field, about: about?.record };
      return `#/fill/${encode(draft)}${search(asked)}`;
    }
    case "records":
      return `#/records${search({ only: route.only, form: route.form })}`;
    case "record":
      return `#/record/${encode(route.record)}`;
    case "desk":
      return `#/desk/${encode(route.view)}${route.id ? `/${encode(route.id)}` : ""}${search(route.query)}`;
    case "admin":
      return `#/admin${route.view ? `/${encode(route.view)}` : ""}${search(route.query)}`;
    default:
      return `#/${route.page}`;
  }
}

function about(field: string | undefined, record: string | undefined): { about?: About } {
  return field && record ? { about: { field, record } } : {};
}

const encode = encodeURIComponent;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function pick<T extends Record<string, string | undefined>>(all: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string };
}

function search(all: Record<string, string | undefined>): string {
  const text = new URLSearchParams(pick(all) as Record<string, string>).toString();
  return text ? `?${text}` : "";
}
