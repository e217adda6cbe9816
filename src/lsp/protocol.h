// What the features return, as the protocol writes it. The only headers that name JSON are this room's.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

#include "lsp/picture.h"
#include "lsp/positions.h"

namespace shapedbg::lsp {

using Json = nlohmann::json;

// What a request is answered with in place of a result.
struct Refused : std::runtime_error {
  Refused(int number, const std::string& message) : std::runtime_error(message), code(number) {}
  int code;
};
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int not_initialized = -32002;
inline constexpr int request_failed = -32803;
inline constexpr int content_modified = -32801;

inline constexpr const char* fix_all_kind = "source.fixAll.shapedbg";

// A member, or null where there is none; null of what is no object.
Json member(const Json& object, const char* key);

Json place_json(Place place);
Json range_json(const Positions& positions, Span span);
// Throws what nlohmann::json throws where it is none.
Place read_place(const Json& json);

// A diagnostic without its place: severity, code, source, message, data.
Json finding_head(const Finding& finding);

// All findings about a text as diagnostics, at most `most`.
Json diagnostics_json(const Picture& picture, const std::string& uri, const Positions& positions);
inline constexpr std::size_t most_diagnostics = 1000;

// Edits of one document as a WorkspaceEdit.
Json edit_json(const std::string& uri, const Positions& positions, const std::vector<Edit>& edits);

}  // namespace shapedbg::lsp
