// The requests about one document: each looks it up, asks a feature, and writes the answer as JSON.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "lsp/completion.h"
#include "lsp/hover.h"
#include "lsp/outline.h"
#include "lsp/program.h"
#include "lsp/server.h"
#include "report/lines.h"
#include "workspace/fixing.h"

namespace shapedbg::lsp {
namespace {

// Longer than the formulas ever take for what people write; behind it the last answer serves.
constexpr std::chrono::milliseconds kPatience{1000};

constexpr int kFileSymbol = 1;
constexpr int kModuleSymbol = 2;
constexpr int kNamespaceSymbol = 3;
constexpr int kClassSymbol = 5;
constexpr int kFunctionSymbol = 12;
constexpr int kVariableSymbol = 13;

int symbol_kind(Symbol::Kind kind) {
  switch (kind) {
    case Symbol::Kind::input:
      return kVariableSymbol;
    case Symbol::Kind::list:
      return kNamespaceSymbol;
    case Symbol::Kind::block:
      return kClassSymbol;
    case Symbol::Kind::layer:
      return kFunctionSymbol;
    case Symbol::Kind::use:
      return kModuleSymbol;
  }
  return kFileSymbol;
}

int completion_kind(Proposal::Kind kind) {
  switch (kind) {
    case Proposal::Kind::key:
      return 10;  // property
    case Proposal::Kind::type:
      return 7;  // class
    case Proposal::Kind::block:
      return 9;  // module
    case Proposal::Kind::tensor:
      return 6;  // variable
    case Proposal::Kind::word:
      return 12;  // value
    case Proposal::Kind::argument:
      return 25;  // type parameter
    case Proposal::Kind::code:
      return 20;  // enum member
  }
  return 1;
}

Json markdown(const std::string& text) { return {{"kind", "markdown"}, {"value", text}}; }

// Whether an action of that kind is wanted: `only` names kinds, each with those below it.
bool wanted(const Json& only, std::string_view kind) {
  if (!only.is_array()) return true;
  return std::any_of(only.begin(), only.end(), [&](const Json& one) {
    if (!one.is_string()) return false;
    const std::string prefix = one;
    return kind == prefix || prefix.empty() || kind.starts_with(prefix + ".");
  });
}

Json hints_json(const std::vector<Hint>& all, const Positions& positions, const Shift& shift, Span range) {
  Json list = Json::array();
  for (const Hint& hint : all) {
    const auto at = shift.forward(hint.offset);
    if (!at || *at < range.begin || *at > range.end) continue;
    list.push_back({{"position", place_json(positions.place(*at))},
                    {"label", hint.label},
                    {"tooltip", hint.tooltip},
                    {"paddingLeft", true}});
  }
  return list;
}

Json lenses_json(const std::vector<Lens>& all, const Positions& positions, const Shift& shift) {
  Json list = Json::array();
  for (const Lens& lens : all)
    if (const auto span = shift.forward(lens.span))
      list.push_back(
          {{"range", range_json(positions, *span)}, {"command", {{"title", lens.title}, {"command", ""}}}});
  return list;
}

// The bytes that differ, as one edit that parts no character.
Edit difference(std::string_view before, std::string_view after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  const auto within = [](std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
  };
  std::size_t front = 0;
  while (front < shorter && before[front] == after[front]) ++front;
  while (front > 0 && (within(before, front) || within(after, front))) --front;
  std::size_t back = 0;
  while (back < shorter - front && before[before.size() - 1 - back] == after[after.size() - 1 - back]) ++back;
  while (back > 0 && (within(before, before.size() - back) || within(after, after.size() - back))) --back;
  return {front, before.size() - front - back, std::string(after.substr(front, after.size() - front - back))};
}

}  // namespace

struct Server::View {
  OpenDocument& document;
  Positions positions;  // of the text as it is
  // What is known, null where nothing is, and how places in it lie in the text as it is.
  std::shared_ptr<const Picture> picture;
  Shift shift;
  bool current = false;  // it is about the text as it is

  std::size_t offset(const Json& params) const { return positions.offset(read_place(params.at("position"))); }
  // In the picture.
  std::optional<std::size_t> there(std::size_t offset) const {
    return picture ? shift.back(offset) : std::nullopt;
  }
  std::optional<Json> range(Span there) const {
    const auto here = shift.forward(there);
    return here ? std::optional(range_json(positions, *here)) : std::nullopt;
  }
  Json location(Span there) const {
    const auto at = range(there);
    return at ? Json{{"uri", document.uri}, {"range", *at}} : Json();
  }
  // The name at a place of the text.
  std::optional<NameTable::Found> name(const Json& params) const {
    const auto at = there(offset(params));
    if (!at || picture->document().empty()) return std::nullopt;
    return picture->names().at(*at);
  }
};

std::optional<Server::View> Server::view(const Json& params) {
  OpenDocument* document = find(params);
  if (!document) throw Refused(invalid_params, "the document is not open");
  if (!document->is_spec || !document->text) return std::nullopt;
  const auto answered = [&] { return document->now && document->now->revision() == document->revision; };
  answered_.wait_for(*held_, kPatience, answered);
  const bool current = answered() && (document->now->usable() || !document->good);
  std::shared_ptr<const Picture> picture = current ? document->now : document->good;
  const Source& known = picture ? picture->text() : *document->text;
  return View{*document, Positions(*document->text, encoding_), std::move(picture),
              Shift(known, *document->text), answered() && current};
}

Json Server::hovered(const Json& params) {
  const auto seen = view(params);
  const auto at = seen ? seen->there(seen->offset(params)) : std::nullopt;
  const auto said = at ? hover(*seen->picture, *at) : std::nullopt;
  if (!said) return nullptr;
  Json result{{"contents", markdown(said->markdown)}};
  if (const auto range = seen->range(said->span)) result["range"] = *range;
  return result;
}

Json Server::inlay_hints(const Json& params) {
  Json list = Json::array();
  const OpenDocument* document = find(params);
  const Json& range = params.at("range");
  if (document && document->program && document->text) {
    const Positions positions(*document->text, encoding_);
    const Shift shift(*document->program->text, *document->text);
    const Span here{positions.offset(read_place(range.at("start"))),
                    positions.offset(read_place(range.at("end")))};
    return hints_json(hints(*document->program), positions, shift, here);
  }
  const auto seen = view(params);
  if (!seen || !seen->picture) return list;
  const Span here{seen->positions.offset(read_place(range.at("start"))),
                  seen->positions.offset(read_place(range.at("end")))};
  const Span whole{0, seen->picture->text().bytes().size()};
  return hints_json(hints(*seen->picture, seen->current ? here : whole), seen->positions, seen->shift, here);
}

Json Server::completions(const Json& params) {
  OpenDocument* document = find(params);
  if (!document) throw Refused(invalid_params, "the document is not open");
  if (!document->text || !document->is_spec) return nullptr;
  // The text is read as it is; the names are those of the last that was JSON.
  const Positions positions(*document->text, encoding_);
  const std::size_t offset = positions.offset(read_place(params.at("position")));
  const Picture* known = nullptr;
  for (const auto& picture : {document->good, document->now})
    if (picture && !picture->document().empty()) known = picture.get();
  const Proposals proposals = complete(*document->text, offset, known ? &known->names() : nullptr);
  const Json replaced = range_json(positions, proposals.replaced);
  Json items = Json::array();
  for (const Proposal& one : proposals.list) {
    // Clients filter by what stands in the replaced range, sort by the label if nothing says otherwise.
    const std::string order = std::to_string(100000 + items.size());
    Json item{{"label", one.label},
              {"kind", completion_kind(one.kind)},
              {"sortText", order},
              {"filterText", one.text},
              {"textEdit", {{"range", replaced}, {"newText", one.text}}}};
    if (!one.detail.empty()) item["detail"] = one.detail;
    if (!one.markdown.empty()) item["documentation"] = markdown(one.markdown);
    items.push_back(std::move(item));
  }
  return {{"isIncomplete", false}, {"items", std::move(items)}};
}

Json Server::definition(const Json& params) {
  const auto seen = view(params);
  const auto found = seen ? seen->name(params) : std::nullopt;
  return found ? seen->location(found->name->given) : Json();
}

Json Server::references(const Json& params) {
  const auto seen = view(params);
  const auto found = seen ? seen->name(params) : std::nullopt;
  if (!found) return nullptr;
  Json list = Json::array();
  const auto add = [&](Span span) {
    if (Json place = seen->location(span); !place.is_null()) list.push_back(std::move(place));
  };
  if (member(member(params, "context"), "includeDeclaration") == true) add(found->name->given);
  for (const Span span : found->name->taken) add(span);
  return list;
}

Json Server::highlights(const Json& params) {
  const auto seen = view(params);
  const auto found = seen ? seen->name(params) : std::nullopt;
  if (!found) return nullptr;
  constexpr int kRead = 2;
  constexpr int kWrite = 3;
  Json list = Json::array();
  const auto add = [&](Span span, int kind) {
    if (const auto range = seen->range(span)) list.push_back({{"range", *range}, {"kind", kind}});
  };
  add(found->name->given, kWrite);
  for (const Span span : found->name->taken) add(span, kRead);
  return list;
}

Json Server::prepare_rename(const Json& params) {
  const auto seen = view(params);
  const auto found = seen && seen->current ? seen->name(params) : std::nullopt;
  if (!found || found->name->kind == Name::Kind::unnamed) return nullptr;
  return {{"range", *seen->range(found->span)}, {"placeholder", found->name->text}};
}

Json Server::renamed(const Json& params) {
  const auto seen = view(params);
  if (!seen || !seen->current)
    throw Refused(request_failed, "the text is no network now: nothing can be renamed");
  const Renaming renaming =
      seen->picture->document().empty()
          ? Renaming{{}, "no name is written here"}
          : rename(*seen->picture, seen->offset(params), params.at("newName").get<std::string>());
  if (!renaming.error.empty()) throw Refused(request_failed, renaming.error);
  return edit_json(seen->document.uri, seen->positions, renaming.edits);
}

Json Server::document_symbols(const Json& params) {
  Json list = Json::array();
  const auto seen = view(params);
  if (!seen || !seen->picture) return list;
  const std::function<Json(const std::vector<Symbol>&)> write = [&](const std::vector<Symbol>& all) {
    Json symbols = Json::array();
    for (const Symbol& one : all) {
      const auto whole = seen->range(one.whole);
      const auto selected = seen->range(one.selected);
      if (!whole || !selected) continue;  // in what is being typed
      Json symbol{{"name", one.name},
                  {"kind", symbol_kind(one.kind)},
                  {"range", *whole},
                  {"selectionRange", *selected}};
      if (!one.detail.empty()) symbol["detail"] = one.detail;
      if (!one.inside.empty()) symbol["children"] = write(one.inside);
      symbols.push_back(std::move(symbol));
    }
    return symbols;
  };
  return write(lsp::symbols(*seen->picture));
}

Json Server::folding_ranges(const Json& params) {
  OpenDocument* document = find(params);
  if (!document) throw Refused(invalid_params, "the document is not open");
  Json list = Json::array();
  if (!document->text || !document->is_spec) return list;
  for (const Span span : foldings(*document->text)) {
    // The closing bracket stays in sight.
    const std::size_t first = document->text->position(span.begin).line - 1;
    const std::size_t last = document->text->position(span.end).line - 2;
    if (last > first) list.push_back({{"startLine", first}, {"endLine", last}});
  }
  return list;
}

Json Server::code_lenses(const Json& params) {
  const OpenDocument* document = find(params);
  if (document && document->program && document->text)
    return lenses_json(lenses(*document->program), Positions(*document->text, encoding_),
                       Shift(*document->program->text, *document->text));
  const auto seen = view(params);
  if (!seen || !seen->picture || seen->picture->document().empty()) return Json::array();
  return lenses_json(lenses(*seen->picture), seen->positions, seen->shift);
}

Json Server::code_actions(const Json& params) {
  if (const OpenDocument* document = find(params); document && document->program)
    return program_actions(*document, params);
  Json list = Json::array();
  const auto seen = view(params);
  if (!seen || !seen->current) return list;
  const Json only = member(member(params, "context"), "only");
  const Json& range = params.at("range");
  const std::size_t first = seen->positions.offset(read_place(range.at("start")));
  const std::size_t last = seen->positions.offset(read_place(range.at("end")));
  const std::string& uri = seen->document.uri;
  const Picture& picture = *seen->picture;
  const Json shown = diagnostics_json(picture, uri, seen->positions);
  const std::vector<Finding>& findings = picture.checked().findings;
  for (std::size_t i = 0; i < findings.size() && wanted(only, "quickfix"); ++i) {
    const Span place = findings[i].where.span;
    if (place.end < first || place.begin > last) continue;
    bool preferred = true;
    for (const Fix& fix : findings[i].fixes) {
      if (!applicable(fix, /*unsafe=*/true)) continue;
      Json action{{"title", fix_text(fix)},
                  {"kind", "quickfix"},
                  {"edit", edit_json(uri, seen->positions, fix.edits)}};
      if (i < most_diagnostics && i < shown.size()) action["diagnostics"] = Json::array({shown[i]});
      if (preferred && fix.applicability == Applicability::safe) action["isPreferred"] = true;
      preferred = false;
      list.push_back(std::move(action));
    }
  }
  if (!wanted(only, fix_all_kind) || !next_to_fix(findings, /*all=*/true, /*unsafe=*/false)) return list;
  Json action{{"title", "fix all that is safe (shapedbg)"},
              {"kind", fix_all_kind},
              {"data", {{"uri", uri}, {"revision", seen->document.revision}}}};
  if (!resolves_) {
    const auto edit = fix_all(seen->document);
    if (!edit) return list;
    action["edit"] = *edit;
  }
  list.push_back(std::move(action));
  return list;
}

// Of a text that is the one which was recorded.
Json Server::program_actions(const OpenDocument& document, const Json& params) const {
  Json list = Json::array();
  if (!document.text || document.text->bytes() != document.program->text->bytes()) return list;
  if (!wanted(member(member(params, "context"), "only"), "quickfix")) return list;
  const Positions positions(*document.text, encoding_);
  const std::size_t first = positions.offset(read_place(params.at("range").at("start")));
  const std::size_t last = positions.offset(read_place(params.at("range").at("end")));
  for (const LineFix& fix : line_fixes(*document.program)) {
    if (fix.place.end < first || fix.place.begin > last) continue;
    Json action{
        {"title", fix.title}, {"kind", "quickfix"}, {"edit", edit_json(document.uri, positions, fix.edits)}};
    if (fix.safe) action["isPreferred"] = true;
    list.push_back(std::move(action));
  }
  return list;
}

Json Server::resolve_action(const Json& params) {
  Json action = params;
  const Json data = member(params, "data");
  const Json uri = member(data, "uri");
  const auto found = uri.is_string() ? documents_.find(uri.get<std::string>()) : documents_.end();
  // Of another text it would be wrong.
  if (found == documents_.end() || member(data, "revision") != found->second.revision)
    throw Refused(content_modified, "the document was changed");
  if (const auto edit = fix_all(found->second)) action["edit"] = *edit;
  return action;
}

// As `shapedbg fix --all`, on the text as it is.
std::optional<Json> Server::fix_all(const OpenDocument& document) {
  FixOptions options;
  options.device = no_engine_ ? DeviceChoice::off : document.project->device;
  options.all = true;
  options.ignored = document.project->ignored;
  const Fixed fixed = fix(*document.text, options, engine_);
  if (!fixed.error.empty() || !fixed.changed()) return std::nullopt;
  const Edit edit = difference(document.text->bytes(), fixed.result.source.bytes());
  return edit_json(document.uri, Positions(*document.text, encoding_), {edit});
}

}  // namespace shapedbg::lsp
