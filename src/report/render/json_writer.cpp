#include "report/render/json_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace shapedbg {
namespace {

bool plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

void JsonWriter::separate() {
  if (!first_) out_ += ',';
  if (line_) out_ += '\n';
  first_ = line_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  if (line_) out_ += '\n';
  line_ = false;
  out_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  first_ = true;  // no comma before its value
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  if (std::all_of(value.begin(), value.end(), plain)) {
    out_ += '"';
    out_ += value;
    out_ += '"';
  } else {
    using Json = nlohmann::json;
    out_ += Json(value).dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  }
  return *this;
}

JsonWriter& JsonWriter::number(std::size_t value) { return json(std::to_string(value)); }

JsonWriter& JsonWriter::json(std::string_view value) {
  separate();
  out_ += value;
  return *this;
}

JsonWriter& JsonWriter::newline() {
  line_ = true;
  return *this;
}

}  // namespace shapedbg
