#include "contracts/provenance/epcis_tables.h"

#include <algorithm>
#include <array>

#include "contracts/civil_time.h"
#include "contracts/provenance/vocabulary.h"
#include "contracts/uri.h"

namespace jingchu::contracts::provenance {
namespace {

using enum FieldKind;

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](auto begin) { return text.starts_with(begin); });
}

// Names of extensions are URIs or compact "prefix:name", which have the same form.
bool is_extension(std::string_view name) {
  return is_uri(name);
}
bool is_anything(std::string_view) {
  return true;
}

// "vocab-other-uri": what the vocabulary has as a bare word is not written as a URI of the vocabulary.
std::string_view check_not_cbv(const JsonValue& value) {
  const bool is_cbv = starts_with_any(
      value.text(), {"urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/"});
  return is_cbv ? "the bare word of the vocabulary, or a URI outside of it" : "";
}

// "vocab-nonGS1WebVoc-uri"
std::string_view check_not_gs1_voc(const JsonValue& value) {
  const bool is_gs1 = starts_with_any(value.text(), {"http://gs1.org/voc/", "https://gs1.org/voc/",
                                                     "http://www.gs1.org/voc/", "https://www.gs1.org/voc/"});
  return is_gs1 ? "the bare word of the vocabulary, or a URI outside of it" : "";
}

std::string_view check_unique(const JsonValue& list) {
  std::vector<std::string_view> texts;
  texts.reserve(list.size());
  for (const JsonValue item : list) {
    if (item.is_string()) texts.push_back(item.text());
  }
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) == texts.end() ? ""
                                                                       : "items that differ from one another";
}

std::string_view check_zone_offset(const JsonValue& value) {
  return is_zone_offset(value.text()) ? "" : "an offset from -14:00 to +14:00, such as +08:00";
}

// ^[A-Z0-9]{2,3}$, a code of UN/CEFACT Recommendation 20.
std::string_view check_unit(const JsonValue& value) {
  for (const char c : value.text()) {
    if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) return "a unit code such as KGM";
  }
  return {};
}

std::string_view check_hex(const JsonValue& value) {
  const bool is_hex = value.text().find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return is_hex ? "" : "hexadecimal digits";
}

// ^\d+(\.\d+)*$
std::string_view check_version(const JsonValue& value) {
  bool was_digit = false;
  for (const char c : value.text()) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c != '.' || !was_digit)) return "a version such as 2.0";
    was_digit = is_digit;
  }
  return was_digit ? "" : "a version such as 2.0";
}

bool is_uri_text(const JsonValue& value) {
  return value.is_string() && value.text().size() <= kUriMax && is_uri(value.text());
}

std::string_view check_certification(const JsonValue& value) {
  bool fits = is_uri_text(value) || value.is_array();
  if (value.is_array()) fits = std::all_of(value.begin(), value.end(), is_uri_text);
  return fits ? "" : "a URI or an array of URIs";
}

std::string_view check_context(const JsonValue& value) {
  constexpr std::string_view kExpected =
      "a URI, an object, or an array of these that differ from one another";
  const auto is_single = [](const JsonValue& part) { return is_uri_text(part) || part.is_object(); };
  if (!value.is_array()) return is_single(value) ? "" : kExpected;
  if (!std::all_of(value.begin(), value.end(), is_single)) return kExpected;
  std::vector<std::string_view> sources;
  for (const JsonValue part : value) sources.push_back(part.source());
  std::sort(sources.begin(), sources.end());
  return std::adjacent_find(sources.begin(), sources.end()) == sources.end() ? "" : kExpected;
}

std::string_view check_attribute(const JsonValue& value) {
  return value.is_number() || value.is_string() || value.is_object() ? "" : "a number, a text or an object";
}

std::string_view check_disposition_change(const JsonValue& value) {
  return value.size() != 0 ? "" : "an object with \"set\" or \"unset\"";
}

constexpr Field text_field(std::string_view name) {
  return {.name = name, .max = 2000};
}
constexpr Field uri_field(std::string_view name) {
  return {.name = name, .kind = kUri, .max = kUriMax};
}
constexpr Field time_field(std::string_view name) {
  return {.name = name, .kind = kTimestamp};
}
constexpr Field number_field(std::string_view name) {
  return {.name = name, .kind = kNumber};
}
constexpr Field word_field(std::string_view name, std::span<const Word> words, FieldCheck check) {
  return {.name = name, .kind = kVocabulary, .max = kUriMax, .choices = words, .check = check};
}
constexpr Field list_field(std::string_view name, const Field& item, std::size_t min = 0) {
  return {.name = name, .kind = kArray, .min = min, .max = kIdentifiersMax, .item = &item};
}
constexpr Field object_field(std::string_view name, const Table& table) {
  return {.name = name, .kind = kObject, .table = &table};
}
constexpr Field unique(Field field) {
  field.check = check_unique;
  return field;
}
constexpr Field required(Field field) {
  field.is_required = true;
  return field;
}

constexpr Field kUriItem = uri_field("");

constexpr Field kDisposition = word_field("disposition", kDispositions, check_not_cbv);
constexpr std::array kPersistentFields = {unique(list_field("set", kDisposition, 1)),
                                          unique(list_field("unset", kDisposition, 1))};
constexpr Table kPersistentTable = {kPersistentFields};
constexpr Field persistent_disposition() {
  Field field = object_field("persistentDisposition", kPersistentTable);
  field.check = check_disposition_change;
  return field;
}

constexpr std::array kErrorFields = {required(time_field("declarationTime")),
                                     word_field("reason", kErrorReasons, check_not_cbv),
                                     list_field("correctiveEventIDs", kUriItem)};
constexpr Table kErrorTable = {kErrorFields, is_extension};

constexpr std::array kQuantityFields = {
    required(uri_field("epcClass")), number_field("quantity"),
    Field{.name = "uom", .kind = kText, .min = 2, .max = 3, .check = check_unit}};
constexpr Table kQuantityTable = {kQuantityFields};
constexpr Field kQuantity = object_field("", kQuantityTable);

constexpr std::array kPlaceFields = {required(uri_field("id"))};
constexpr Table kPlaceTable = {kPlaceFields, is_anything};

constexpr std::array kBizTransactionFields = {word_field("type", kBizTransactionTypes, check_not_cbv),
                                              required(uri_field("bizTransaction"))};
constexpr Table kBizTransactionTable = {kBizTransactionFields};
constexpr Field kBizTransaction = object_field("", kBizTransactionTable);

constexpr Field kPartyType = required(word_field("type", kSourceDestinationTypes, check_not_cbv));
constexpr std::array kSourceFields = {kPartyType, required(uri_field("source"))};
constexpr Table kSourceTable = {kSourceFields};
constexpr Field kSource = object_field("", kSourceTable);
constexpr std::array kDestinationFields = {kPartyType, required(uri_field("destination"))};
constexpr Table kDestinationTable = {kDestinationFields};
constexpr Field kDestination = object_field("", kDestinationTable);

constexpr std::array kReportFields = {
    required(word_field("type", kMeasurements, check_not_gs1_voc)),
    word_field("exception", kSensorAlerts, check_not_gs1_voc),
    uri_field("deviceID"),
    uri_field("deviceMetadata"),
    uri_field("rawData"),
    uri_field("dataProcessingMethod"),
    uri_field("bizRules"),
    time_field("time"),
    uri_field("microorganism"),
    uri_field("chemicalSubstance"),
    uri_field("coordinateReferenceSystem"),
    number_field("value"),
    word_field("component", kComponents, check_not_cbv),
    text_field("stringValue"),
    Field{.name = "booleanValue", .kind = kBoolean},
    Field{.name = "hexBinaryValue", .kind = kText, .min = 1, .max = 100'000, .check = check_hex},
    uri_field("uriValue"),
    number_field("minValue"),
    number_field("maxValue"),
    number_field("meanValue"),
    number_field("sDev"),
    number_field("percRank"),
    number_field("percValue"),
    text_field("uom")};
constexpr Table kReportTable = {kReportFields, is_extension};
constexpr Field kReport = object_field("", kReportTable);

constexpr std::array kMetadataFields = {
    time_field("time"),      uri_field("deviceID"), uri_field("deviceMetadata"),       uri_field("rawData"),
    time_field("startTime"), time_field("endTime"), uri_field("dataProcessingMethod"), uri_field("bizRules")};
constexpr Table kMetadataTable = {kMetadataFields, is_extension};

constexpr std::array kSensorFields = {object_field("sensorMetadata", kMetadataTable),
                                      required(list_field("sensorReport", kReport, 1))};
constexpr Table kSensorTable = {kSensorFields, is_extension};
constexpr Field kSensor = object_field("", kSensorTable);

constexpr Field kAction = required({.name = "action", .kind = kChoice, .choices = kActions});
constexpr Table kIlmdTable = {{}, is_extension};
constexpr Field kIlmd = object_field("ilmd", kIlmdTable);
constexpr Field kBizTransactionList = list_field("bizTransactionList", kBizTransaction);

// "Event" and "common-event-properties"
constexpr std::array kCommonFields = {
    Field{.name = "@context", .kind = kAny, .check = check_context},
    required(uri_field("type")),  // its value was looked at to choose the table
    required(time_field("eventTime")),
    time_field("recordTime"),
    required({.name = "eventTimeZoneOffset", .kind = kText, .min = 6, .max = 6, .check = check_zone_offset}),
    uri_field("eventID"),
    Field{.name = "certificationInfo", .kind = kAny, .check = check_certification},
    object_field("errorDeclaration", kErrorTable)};

// What every type but the extended has besides.
constexpr std::array kSharedFields = {word_field("bizStep", kBizSteps, check_not_cbv),
                                      kDisposition,
                                      persistent_disposition(),
                                      object_field("readPoint", kPlaceTable),
                                      object_field("bizLocation", kPlaceTable),
                                      list_field("sourceList", kSource),
                                      list_field("destinationList", kDestination),
                                      list_field("sensorElementList", kSensor)};

constexpr std::array kObjectFields = {kAction, unique(list_field("epcList", kUriItem)),
                                      list_field("quantityList", kQuantity), kBizTransactionList, kIlmd};
constexpr std::array kAggregationFields = {kAction, uri_field("parentID"), list_field("childEPCs", kUriItem),
                                           list_field("childQuantityList", kQuantity), kBizTransactionList};
constexpr std::array kAssociationFields = {kAction, required(uri_field("parentID")),
                                           list_field("childEPCs", kUriItem),
                                           list_field("childQuantityList", kQuantity), kBizTransactionList};
constexpr std::array kTransactionFields = {kAction, uri_field("parentID"), list_field("epcList", kUriItem),
                                           list_field("quantityList", kQuantity),
                                           required(list_field("bizTransactionList", kBizTransaction, 1))};
constexpr std::array kTransformationFields = {unique(list_field("inputEPCList", kUriItem)),
                                              list_field("inputQuantityList", kQuantity),
                                              unique(list_field("outputEPCList", kUriItem)),
                                              list_field("outputQuantityList", kQuantity),
                                              uri_field("transformationID"),
                                              kBizTransactionList,
                                              kIlmd};
constexpr std::array kExtendedFields = {Field{.name = "action", .kind = kChoice, .choices = kActions},
                                        list_field("epcList", kUriItem),
                                        list_field("quantityList", kQuantity),
                                        uri_field("parentID"),
                                        list_field("childEPCs", kUriItem),
                                        list_field("childQuantityList", kQuantity),
                                        list_field("inputEPCList", kUriItem),
                                        list_field("inputQuantityList", kQuantity),
                                        list_field("outputEPCList", kUriItem),
                                        list_field("outputQuantityList", kQuantity),
                                        uri_field("transformationID"),
                                        kBizTransactionList,
                                        kIlmd};

template <std::size_t N>
constexpr auto event_fields(const std::array<Field, N>& own) {
  std::array<Field, kCommonFields.size() + kSharedFields.size() + N> fields{};
  auto end = std::copy(kCommonFields.begin(), kCommonFields.end(), fields.begin());
  end = std::copy(kSharedFields.begin(), kSharedFields.end(), end);
  std::copy(own.begin(), own.end(), end);
  // The type is a word for the five types: the caller has seen to it.
  fields[1].kind = kText;
  return fields;
}

constexpr auto kObjectEventFields = event_fields(kObjectFields);
constexpr auto kAggregationEventFields = event_fields(kAggregationFields);
constexpr auto kTransactionEventFields = event_fields(kTransactionFields);
constexpr auto kTransformationEventFields = event_fields(kTransformationFields);
constexpr auto kAssociationEventFields = event_fields(kAssociationFields);
constexpr auto kExtendedEventFields = event_fields(kExtendedFields);

constexpr std::array kAttributeFields = {required(uri_field("id")),
                                         Field{.name = "attribute", .kind = kAny, .check = check_attribute}};
constexpr Table kAttributeTable = {kAttributeFields, is_anything};
constexpr Field kAttribute = object_field("", kAttributeTable);
constexpr std::array kElementFields = {required(uri_field("id")), list_field("attributes", kAttribute),
                                       list_field("children", kUriItem)};
constexpr Table kElementTable = {kElementFields, is_anything};
constexpr Field kElement = object_field("", kElementTable);
constexpr std::array kVocabularyFields = {required(uri_field("type")),
                                          list_field("vocabularyElementList", kElement)};
constexpr Table kVocabularyTable = {kVocabularyFields, is_anything};
constexpr Field kVocabularyItem = object_field("", kVocabularyTable);
constexpr std::array kMasterDataFields = {list_field("vocabularyList", kVocabularyItem)};
constexpr Table kMasterDataTable = {kMasterDataFields, is_anything};
constexpr std::array kHeaderFields = {object_field("epcisMasterData", kMasterDataTable)};
constexpr Table kHeaderTable = {kHeaderFields, is_extension};

constexpr std::array kBodyFields = {
    required({.name = "eventList", .kind = kArray, .min = 0, .max = kEventsMax})};
constexpr Table kBodyTable = {kBodyFields, is_anything};

constexpr std::array kDocumentFields = {
    required({.name = "@context", .kind = kAny, .check = check_context}),
    uri_field("id"),
    required(text_field("type")),
    required({.name = "schemaVersion", .kind = kText, .min = 1, .max = 32, .check = check_version}),
    required(time_field("creationDate")),
    text_field("instanceIdentifier"),
    text_field("sender"),
    text_field("receiver"),
    object_field("epcisHeader", kHeaderTable),
    required(object_field("epcisBody", kBodyTable))};

}  // namespace

constexpr Table kDocumentTable = {kDocumentFields, is_extension};
constexpr Table kObjectEventTable = {kObjectEventFields, is_extension};
constexpr Table kAggregationEventTable = {kAggregationEventFields, is_extension};
constexpr Table kTransactionEventTable = {kTransactionEventFields, is_extension};
constexpr Table kTransformationEventTable = {kTransformationEventFields, is_extension};
constexpr Table kAssociationEventTable = {kAssociationEventFields, is_extension};
constexpr Table kExtendedEventTable = {kExtendedEventFields, is_extension};

}  // namespace jingchu::contracts::provenance
