import Testing

@testable import Identity

struct UniqueMembersTests {
    @Test(arguments: [
        "{}", #"{"a":1}"#, #"{"a":1,"b":1}"#, #"{"a":{"a":1},"b":{"a":1}}"#,
        #"{"a":["a","a",{"a":1,"b":2}],"b":"a"}"#, #" { "a" : "," , "b" : "\"" } "#,
        #"{"a":"{\"b\":1,\"b\":2}"}"#, #"{"https:\/\/x":1,"y":2}"#, #"{"a":"b","b":"a"}"#,
        #"{"a\\":1,"a":1}"#, #"{"A":1,"a":1}"#, #"{"":1}"#,
    ])
    func `an object whose names differ is one`(text: String) {
        #expect(UniqueMembers.areInObject(Array(text.utf8)))
    }

    @Test(arguments: [
        #"{"a":1,"a":1}"#, #"{"a":1,"b":{},"a":2}"#, #"{"a":{"b":1},"a":{"b":1}}"#,
        #"{"a":1,"\u0061":1}"#, #"{"\u0061":1,"a":1}"#, #"{"/":1,"\/":1}"#, #"{"":1,"":2}"#,
        #"{"a":"x\"","a":1}"#, #"{"a":[1,[2]],"a":1}"#, "", "[]", #"["a"]"#, "1", #""a""#,
        #"{"a":1"#, #"{"a"#, #"{"a\"#, #"{"a":1}}"#, #"{"a":1}{"a":1}"#, #"[{"a":1}]"#,
        "{\0\"a\0\":1}", #"{"\ud800x":1}"#,
    ])
    func `two members with one name, and what is no object, are refused`(text: String) {
        #expect(!UniqueMembers.areInObject(Array(text.utf8)))
    }

    @Test func `depth is no matter`() {
        let deep = String(repeating: "[", count: 1 << 20) + String(repeating: "]", count: 1 << 20)
        #expect(UniqueMembers.areInObject(Array(#"{"a":\#(deep)}"#.utf8)))
        #expect(!UniqueMembers.areInObject(Array(#"{"a":\#(deep),"a":1}"#.utf8)))
        #expect(!UniqueMembers.areInObject(Array(deep.utf8)))
    }
}
