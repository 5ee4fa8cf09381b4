#include "contracts/json.h"

namespace jingchu::contracts {

std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBoolean:
      return "a truth value";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kString:
      return "a text";
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      return "an object";
  }
  return "nothing";
}

JsonKind JsonValue::kind() const {
  return document_->nodes_[index_].kind;
}

bool JsonValue::is_true() const {
  return kind() == JsonKind::kBoolean && source() == "true";
}

std::string_view JsonValue::text() const {
  return document_->view(document_->nodes_[index_].text);
}

std::string_view JsonValue::key() const {
  return document_->view(document_->nodes_[index_].key);
}

std::string_view JsonValue::source() const {
  const auto& node = document_->nodes_[index_];
  return document_->input_.substr(node.begin, node.end - node.begin);
}

std::size_t JsonValue::offset() const {
  return document_->nodes_[index_].begin;
}

std::size_t JsonValue::size() const {
  return document_->nodes_[index_].children;
}

JsonValue::Iterator JsonValue::begin() const {
  return Iterator(document_, index_ + 1);
}

JsonValue::Iterator JsonValue::end() const {
  return Iterator(document_, document_->nodes_[index_].next);
}

JsonValue::Iterator& JsonValue::Iterator::operator++() {
  index_ = document_->nodes_[index_].next;
  return *this;
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  if (!is_object()) return std::nullopt;
  for (const JsonValue member : *this) {
    if (member.key() == name) return member;
  }
  return std::nullopt;
}

std::string JsonValue::pointer() const {
  std::string pointer;
  JsonValue place = document_->root();
  while (place.index_ != index_) {
    std::size_t position = 0;
    for (const JsonValue child : place) {
      if (index_ < document_->nodes_[child.index_].next) {
        pointer += '/';
        pointer += place.is_object() ? pointer_token(child.key()) : std::to_string(position);
        place = child;
        break;
      }
      ++position;
    }
  }
  return pointer;
}

namespace {

// The key that a token of a JSON Pointer stands for; nothing if an escape is neither ~0 nor ~1.
std::optional<std::string> key_of_token(std::string_view token) {
  std::string key;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      key += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    key += token[i] == '0' ? '~' : '/';
  }
  return key;
}

std::optional<JsonValue> element_at(const JsonValue& array, std::string_view token) {
  std::size_t position = 0;
  for (const JsonValue element : array) {
    if (std::to_string(position) == token) return element;
    ++position;
  }
  return std::nullopt;
}

}  // namespace

std::optional<JsonValue> JsonValue::at(std::string_view pointer) const {
  std::optional<JsonValue> place = *this;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    const auto token = pointer.substr(1, pointer.find('/', 1) - 1);
    pointer.remove_prefix(1 + token.size());
    const auto key = key_of_token(token);
    if (!key) return std::nullopt;
    place = place->is_array() ? element_at(*place, *key) : place->find(*key);
    if (!place) return std::nullopt;
  }
  return place;
}

std::string pointer_token(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

}  // namespace jingchu::contracts
