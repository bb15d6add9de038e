import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.crypto.KeyGenerator;
import javax.xml.XMLConstants;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import javax.xml.validation.SchemaFactory;
import org.apache.xml.security.Init;
import org.apache.xml.security.encryption.XMLCipher;
import org.apache.xml.security.keys.KeyInfo;
import org.w3c.dom.Element;

/**
 * The family BundID is built with: signatures and schemas by the Java platform, encryption by Apache Santuario. It does
 * what its first argument says with what stands in stdin.
 */
class Oracle {
  static final String PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";

  public static void main(String[] args) throws Exception {
    var documents = DocumentBuilderFactory.newInstance();
    documents.setNamespaceAware(true);
    var root = documents.newDocumentBuilder().parse(System.in).getDocumentElement();
    if (root.hasAttribute("ID")) root.setIdAttribute("ID", true);
    System.out.print(
        switch (args[0]) {
          case "verify" -> String.valueOf(verify(root, args[1]));
          case "sign" -> sign(root, args[1]);
          case "encrypt" -> encrypt(root, args[1], args[2]);
          default -> String.valueOf(validate(root, args[1]));
        });
  }

  static PublicKey keyIn(String certificate) throws Exception {
    try (var in = Files.newInputStream(Path.of(certificate))) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in).getPublicKey();
    }
  }

  static boolean verify(Element root, String certificate) throws Exception {
    var signature = root.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
    var context = new DOMValidateContext(keyIn(certificate), signature);
    return XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context).validate(context);
  }

  /** By the schema of this file. */
  static boolean validate(Element root, String schema) throws Exception {
    var schemas = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
    schemas.newSchema(Path.of(schema).toFile()).newValidator().validate(new DOMSource(root));
    return true;
  }

  /** EncryptedData with AES-256-GCM in the place of the root, its key by this form of OAEP. */
  static String encrypt(Element root, String certificate, String oaep) throws Exception {
    Init.init();
    var document = root.getOwnerDocument();
    var generator = KeyGenerator.getInstance("AES");
    generator.init(256);
    var secret = generator.generateKey();
    var digest = oaep.equals(XMLCipher.RSA_OAEP_11) ? XMLCipher.SHA256 : null;
    var wrap = XMLCipher.getInstance(oaep, null, digest);
    var mask = oaep.equals(XMLCipher.RSA_OAEP_11) ? "http://www.w3.org/2009/xmlenc11#mgf1sha256" : null;
    wrap.init(XMLCipher.WRAP_MODE, keyIn(certificate));
    var key = wrap.encryptKey(document, secret, mask, null);
    var cipher = XMLCipher.getInstance(XMLCipher.AES_256_GCM);
    cipher.init(XMLCipher.ENCRYPT_MODE, secret);
    var info = new KeyInfo(document);
    info.add(key);
    cipher.getEncryptedData().setKeyInfo(info);
    cipher.doFinal(document, root, false);
    return written(document.getDocumentElement());
  }

  static String sign(Element root, String keyFile) throws Exception {
    var pem = Files.readString(Path.of(keyFile)).replaceAll("-----[^-]+-----|\\s", "");
    var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
    var key = KeyFactory.getInstance("RSA").generatePrivate(spec);
    var xml = XMLSignatureFactory.getInstance("DOM");
    var transforms = List.of(
        xml.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
        xml.newTransform(CanonicalizationMethod.EXCLUSIVE, new ExcC14NParameterSpec(List.of("xsd"))));
    var digest = xml.newDigestMethod(DigestMethod.SHA256, null);
    var reference = xml.newReference("#" + root.getAttribute("ID"), digest, transforms, null, null);
    var canonical =
        xml.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null);
    var info = xml.newSignedInfo(canonical, xml.newSignatureMethod(PSS, null), List.of(reference));
    var context = new DOMSignContext(key, root, root.getFirstChild().getNextSibling());
    context.setDefaultNamespacePrefix("ds");
    xml.newXMLSignature(info, null).sign(context);
    return written(root);
  }

  static String written(Element root) throws Exception {
    var out = new StringWriter();
    var writer = TransformerFactory.newInstance().newTransformer();
    writer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    writer.transform(new DOMSource(root), new StreamResult(out));
    return out.toString();
  }
}
