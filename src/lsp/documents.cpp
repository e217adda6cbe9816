#include "lsp/documents.h"

#include <algorithm>

namespace shapedbg::lsp {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string path_of(std::string_view uri) {
  constexpr std::string_view kFile = "file://";
  if (!uri.starts_with(kFile)) return std::string(uri);
  uri.remove_prefix(kFile.size());
  if (!uri.starts_with('/')) uri.remove_prefix(std::min(uri.find('/'), uri.size()));  // the host
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const int high = uri[i] == '%' && i + 2 < uri.size() ? hex(uri[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex(uri[i + 2]);
    if (low < 0) {
      path += uri[i];
    } else {
      path += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return path;
}

Shift::Shift(const Source& before, const Source& now)
    : before_size_(before.bytes().size()), now_size_(now.bytes().size()) {
  const std::string& a = before.bytes();
  const std::string& b = now.bytes();
  const std::size_t shorter = std::min(a.size(), b.size());
  while (front_ < shorter && a[front_] == b[front_]) ++front_;
  while (end_ < shorter - front_ && a[a.size() - 1 - end_] == b[b.size() - 1 - end_]) ++end_;
}

std::optional<std::size_t> Shift::moved(std::size_t offset, std::size_t from, std::size_t to) const {
  if (offset <= front_) return offset;
  if (offset + end_ < from) return std::nullopt;
  return offset + to - from;
}

std::optional<Span> Shift::forward(Span span) const {
  const auto begin = forward(span.begin);
  const auto end = forward(span.end);
  if (!begin || !end || *end < *begin) return std::nullopt;
  return Span{*begin, *end};
}

}  // namespace shapedbg::lsp
